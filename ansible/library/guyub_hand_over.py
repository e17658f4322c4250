#!/usr/bin/python
"""Hands settings, a plan or a configuration to the school's server, which checks it before it keeps it.

Nothing is judged or written here: whether it is right, and what changes, is the server's word. Check mode asks the same
question without the deed.
"""

from __future__ import annotations

import json

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: guyub_hand_over
short_description: Hand something to a command of the school's server
description: Runs C(guyub COMMAND VALUES --json) and takes change, difference, warnings or refusal from what it says.
options:
  command: {description: The words after C(guyub)., type: list, elements: str, required: true}
  values: {description: Named values; all but texts are written as JSON., type: dict, default: {}}
  stdin: {description: What the command reads., type: str, default: ""}
  secret: {description: A secret that the command reads in its place; never shown., type: str, default: ""}
  program: {description: Where the program lies., type: path, default: /usr/local/bin/guyub}
author: [Guyub]
attributes:
  check_mode: {support: full, description: Asks with C(--check).}
  diff_mode: {support: full, description: Shows the texts before and after.}
"""
EXAMPLES = """
- name: Hand over the plan
  guyub_hand_over:
    command: [lab, put, "-"]
    stdin: "{{ lookup('ansible.builtin.file', lab_plan) }}"
"""
RETURN = """
code: {description: Code of the refusal., type: str, returned: refused}
cause: {description: Why it was refused., type: str, returned: refused}
remedy: {description: What to do., type: str, returned: refused}
told: {description: Refusals that did not stop it., type: list, returned: success}
"""
ARGUMENTS = {
    "command": {"type": "list", "elements": "str", "required": True},
    "values": {"type": "dict", "default": {}},
    "stdin": {"type": "str", "default": ""},
    "secret": {"type": "str", "default": "", "no_log": True},
    "program": {"type": "path", "default": "/usr/local/bin/guyub"},
}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    asked = module.params
    words = [
        f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in asked["values"].items()
    ]
    line = [asked["program"], *asked["command"], *words, "--json", *(["--check"] if module.check_mode else [])]
    code, said, errors = module.run_command(line, data=asked["secret"] or asked["stdin"], binary_data=False)
    try:
        answer = json.loads(said.strip().splitlines()[-1])
    except (IndexError, ValueError):
        module.fail_json(msg=f"{line[0]} gave no answer: {(errors or said).strip()[-1500:]}", rc=code)
    if code:
        module.fail_json(
            msg=f"{answer.get('code')}: {answer.get('cause')} {answer.get('remedy')}",
            **{name: answer.get(name) for name in ("code", "cause", "remedy")},
        )
    for warning in answer["warnings"]:
        module.warn(f"{warning['code']}: {warning['cause']} {warning['remedy']}")
    header = " ".join(asked["command"])
    diff = {"before": answer["before"], "after": answer["after"], "before_header": header, "after_header": header}
    module.exit_json(changed=answer["changed"], told=answer["warnings"], diff=diff)


if __name__ == "__main__":
    main()
