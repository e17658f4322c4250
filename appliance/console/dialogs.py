"""Questions and answers on the console, drawn by whiptail. What was typed comes back as text and is never run.

Somebody who walks away is not left signed in: a dialog that waits too long ends with `Left`.
"""

from __future__ import annotations

import os
import subprocess
import textwrap
from collections.abc import Callable, Sequence

from app.domain.wording import N_
from app.services.box import Progress
from appliance.console.words import Words

WALKED_AWAY_S = 600
WIDTH = 74
TALLEST = 22
PAGE = 14  # lines of a long text
_OK, _BACK = 0, 1


# dark on light for text, white on blue for what is chosen: red on grey is hard to read
_COLOURS = (
    ";".join(f"{part}=white,blue" for part in ("actbutton", "button", "actlistbox", "actsellistbox", "entry"))
    + ";title=black,lightgray"
)


class Left(Exception):  # noqa: N818 - nothing is wrong: nobody is there
    """Nobody answered for a long time."""


class Dialogs:
    """One dialog after the other, in one language."""

    def __init__(self, words: Words) -> None:
        self.words = words

    def tell(self, title: str, text: str) -> None:
        """Show a text until it was read, page after page: whiptail's own scrolling hides the button from Enter."""
        lines = [part for line in text.split("\n") for part in _wrapped(line)]
        pages = [lines[at : at + PAGE] for at in range(0, len(lines), PAGE)]
        for number, page in enumerate(pages, 1):
            shown = "\n".join(page)
            head = title if len(pages) == 1 else f"{title} ({number}/{len(pages)})"
            self._show(head, "--msgbox", shown, *self._size(shown), more=["--ok-button", self.words(N_("Lanjut"))])

    def agree(self, title: str, text: str, *, no_first: bool = False) -> bool:
        """A question with yes or no."""
        buttons = ["--yes-button", self.words(N_("Ya")), "--no-button", self.words(N_("Tidak"))]
        more = [*buttons, *(["--defaultno"] if no_first else [])]
        return self._show(title, "--yesno", text, *self._size(text), more=more) is not None

    def choose(self, title: str, text: str, choices: Sequence[tuple[str, str]], chosen: str = "") -> str | None:
        """The key of one of the choices; None to go back."""
        rows = [word for number, (_key, label) in enumerate(choices, 1) for word in (str(number), label)]
        present = next((str(at) for at, (key, _label) in enumerate(choices, 1) if key == chosen), "1")
        high = min(len(choices), 12)
        size = (str(min(high + 8 + text.count("\n"), 23)), str(WIDTH), str(high))
        more = [*self._buttons(), "--default-item", present]
        answer = self._show(title, "--menu", text, *size, *rows, more=more)
        return choices[int(answer) - 1][0] if answer else None

    def ask(self, title: str, text: str, present: str = "") -> str | None:
        """A line of text; None to go back."""
        answer = self._show(title, "--inputbox", text, *self._size(text, 4), present, more=self._buttons())
        return answer.strip() if answer is not None else None

    def ask_secret(self, title: str, text: str) -> str | None:
        """A line that is not shown; None to go back."""
        return self._show(title, "--passwordbox", text, *self._size(text, 4), more=self._buttons())

    def follow(self, title: str, do: Callable[[Callable[[Progress], None]], dict[str, object]]) -> dict[str, object]:
        """Do something long and show how far it is; its result."""
        begin = self.words(N_("Mohon tunggu"))
        line = ["whiptail", "--title", title, "--gauge", "--", begin, "8", str(WIDTH), "0"]
        with subprocess.Popen(line, stdin=subprocess.PIPE, text=True, env=_environment()) as shown:
            pipe = shown.stdin

            def note(progress: Progress) -> None:
                percent = 100 * progress.done // progress.of if progress.of else 0
                if pipe is not None and shown.poll() is None:
                    pipe.write(f"XXX\n{percent}\n{self.words(progress.text)}\nXXX\n")
                    pipe.flush()

            return do(note)

    def _buttons(self) -> list[str]:
        return ["--ok-button", self.words(N_("Lanjut")), "--cancel-button", self.words(N_("Kembali"))]

    def _size(self, text: str, more: int = 0) -> tuple[str, str]:
        wrapped = sum(1 + len(line) // (WIDTH - 4) for line in text.split("\n"))
        return str(min(wrapped + 6 + more, TALLEST)), str(WIDTH)

    def _show(self, title: str, kind: str, *words: str, more: Sequence[str] = ()) -> str | None:
        """What was answered; None for back. Text that begins with a hyphen stays text."""
        line = ["whiptail", "--title", title, *more, kind, "--", *words]
        try:
            ran = subprocess.run(
                line, stderr=subprocess.PIPE, text=True, check=False, timeout=WALKED_AWAY_S, env=_environment()
            )
        except subprocess.TimeoutExpired as error:
            raise Left from error
        if ran.returncode == _OK:
            return ran.stderr
        if ran.returncode == _BACK or not ran.stderr.strip():  # back, or the escape key
            return None
        raise RuntimeError(ran.stderr.strip())


def _environment() -> dict[str, str]:
    return {**os.environ, "NEWT_COLORS": _COLOURS}


def _wrapped(line: str) -> list[str]:
    """Lines that fit, each as far in as the first."""
    inward = " " * (len(line) - len(line.lstrip()))
    return textwrap.wrap(line, WIDTH - 4, subsequent_indent=inward) or [""]
