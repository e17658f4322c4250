"""The one exception for failures that are expected: a user can do something about each of them.

Whatever else is raised is a bug of ours. The web room turns a Refusal into a page or `application/problem+json`.
"""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - a refusal is no error of the program
    """Something was asked that cannot be done now.

    `code` is what a proctor reads over the phone (S-… at a school, P-… at the centre), `cause` and `remedy` are full
    Indonesian sentences (translated where they are shown, with `values` for their placeholders), `status` is the HTTP
    status, `extra` goes into the JSON body.
    """

    def __init__(
        self,
        code: str,
        cause: str,
        remedy: str,
        *,
        status: int = 400,
        values: dict[str, object] | None = None,
        extra: dict[str, object] | None = None,
    ) -> None:
        super().__init__(f"{code}: {cause}" % values if values else f"{code}: {cause}")
        self.code = code
        self.cause = cause
        self.remedy = remedy
        self.status = status
        self.values = values or {}
        self.extra = extra or {}
