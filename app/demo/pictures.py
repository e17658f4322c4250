"""Pictures of the demo questions, drawn here so that everything in the demo is ours and small."""

from __future__ import annotations

import io
import math
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFont

SCALE = 2  # drawn larger, then reduced: smooth edges
INK, GRID, BLUE, ORANGE, GREEN = "#1b2430", "#c9d1db", "#1f5fa8", "#d9772b", "#2f7d4f"

Canvas = ImageDraw.ImageDraw


def _picture(width: int, height: int, draw: Callable[[Canvas], None]) -> bytes:
    image = Image.new("RGB", (width * SCALE, height * SCALE), "white")
    draw(ImageDraw.Draw(image))
    out = io.BytesIO()
    image.resize((width, height), Image.Resampling.LANCZOS).quantize(64).save(out, "PNG", optimize=True)
    return out.getvalue()


def _line(canvas: Canvas, points: list[tuple[float, float]], colour: str = INK, width: float = 2) -> None:
    canvas.line([(x * SCALE, y * SCALE) for x, y in points], fill=colour, width=int(width * SCALE), joint="curve")


def _text(canvas: Canvas, x: float, y: float, text: str, size: int = 15, anchor: str = "mm") -> None:
    font = ImageFont.load_default(size * SCALE)
    canvas.text((x * SCALE, y * SCALE), text, fill=INK, font=font, anchor=anchor)


def _box(canvas: Canvas, corners: tuple[float, float, float, float], fill: str | None = None) -> None:
    canvas.rectangle([c * SCALE for c in corners], outline=INK, width=2 * SCALE, fill=fill)


def _dot(canvas: Canvas, x: float, y: float, radius: float = 4, fill: str | None = BLUE) -> None:
    box = [(x - radius) * SCALE, (y - radius) * SCALE, (x + radius) * SCALE, (y + radius) * SCALE]
    canvas.ellipse(box, fill=fill, outline=INK, width=int(1.5 * SCALE))


def harvest_chart() -> bytes:
    """Bar chart: tonnes of rice harvested in five villages."""
    tonnes = {"Sukamaju": 42, "Mekarsari": 56, "Cibuntu": 35, "Tanjung": 63, "Randu": 49}

    def draw(canvas: Canvas) -> None:
        _text(canvas, 280, 20, "Hasil panen padi tahun 2025 (ton)", 17)
        for step in range(0, 71, 10):
            y = 270 - step * 3.2
            _line(canvas, [(60, y), (540, y)], GRID, 1)
            _text(canvas, 50, y, str(step), 13, "rm")
        for number, (village, amount) in enumerate(tonnes.items()):
            x = 85 + number * 92
            _box(canvas, (x, 270 - amount * 3.2, x + 54, 270), (BLUE, ORANGE)[number % 2])
            _text(canvas, x + 27, 258 - amount * 3.2, str(amount), 14)
            _text(canvas, x + 27, 287, village, 14)
        _line(canvas, [(60, 46), (60, 270), (540, 270)])

    return _picture(560, 305, draw)


def garden_plan() -> bytes:
    """A rectangular garden with a path around it, lengths in metres."""

    def draw(canvas: Canvas) -> None:
        _box(canvas, (60, 30, 440, 250), "#e9dfc7")
        _box(canvas, (90, 60, 410, 220), "#cfe5d2")
        _text(canvas, 250, 140, "Kebun")
        _text(canvas, 250, 45, "Jalan setapak", 13)
        _line(canvas, [(60, 270), (440, 270)], BLUE, 1.5)
        _text(canvas, 250, 285, "20 m")
        _line(canvas, [(460, 30), (460, 250)], BLUE, 1.5)
        _text(canvas, 482, 140, "12 m")
        _line(canvas, [(60, 14), (90, 14)], BLUE, 1.5)
        _text(canvas, 112, 14, "1,5 m", 13)

    return _picture(520, 300, draw)


def circuit() -> bytes:
    """A battery, one switch and three lamps: L1 in the main wire, L2 and L3 in parallel branches."""

    def lamp(canvas: Canvas, x: float, y: float, name: str) -> None:
        _dot(canvas, x, y, 16, "white")
        reach = 16 / math.sqrt(2)
        _line(canvas, [(x - reach, y - reach), (x + reach, y + reach)])
        _line(canvas, [(x - reach, y + reach), (x + reach, y - reach)])
        _text(canvas, x + (24 if y > 100 else 0), y - 28 if y < 100 else y - 22, name)

    def draw(canvas: Canvas) -> None:
        _line(canvas, [(70, 60), (300, 60), (300, 230), (70, 230), (70, 160)])
        _line(canvas, [(300, 60), (430, 60), (430, 230), (300, 230)])
        _line(canvas, [(70, 60), (70, 130)])
        _line(canvas, [(48, 130), (92, 130)], INK, 2)
        _line(canvas, [(58, 142), (82, 142)], INK, 4)
        _line(canvas, [(70, 142), (70, 160)])
        _text(canvas, 30, 138, "6 V")
        lamp(canvas, 180, 60, "L1")
        lamp(canvas, 300, 145, "L2")
        lamp(canvas, 430, 145, "L3")
        _box(canvas, (165, 222, 205, 238), "white")
        _dot(canvas, 168, 230, 3)
        _dot(canvas, 202, 230, 3)
        _line(canvas, [(168, 230), (198, 216)], ORANGE, 2.5)
        _text(canvas, 185, 255, "Sakelar S")

    return _picture(480, 275, draw)


def temperature_graph() -> bytes:
    """Line graph: temperature of heated water, in degrees Celsius, over minutes."""
    readings = [28, 41, 54, 67, 80, 92, 100, 100, 100]

    def draw(canvas: Canvas) -> None:
        _text(canvas, 270, 18, "Suhu air saat dipanaskan", 17)
        for degrees in range(0, 101, 20):
            y = 250.0 - degrees * 2
            _line(canvas, [(60, y), (500, y)], GRID, 1)
            _text(canvas, 50, y, str(degrees), 13, "rm")
        points = [(60 + minute * 52.0, 250 - degrees * 2.0) for minute, degrees in enumerate(readings)]
        _line(canvas, points, ORANGE, 3)
        for minute, (x, y) in enumerate(points):
            _dot(canvas, x, y)
            _text(canvas, x, 266, str(minute), 13)
        _line(canvas, [(60, 46), (60, 250), (500, 250)])
        _text(canvas, 280, 288, "Waktu (menit)", 14)
        _text(canvas, 62, 36, "Suhu (°C)", 13)

    return _picture(530, 302, draw)


def food_web() -> bytes:
    """A food web of a rice field; an arrow points from the eaten to the eater."""
    places = {
        "Padi": (90, 250),
        "Rumput": (330, 250),
        "Tikus": (60, 150),
        "Belalang": (210, 150),
        "Kelinci": (380, 150),
        "Katak": (210, 60),
        "Ular": (80, 60),
        "Elang": (350, 50),
    }
    eaten = [
        ("Padi", "Tikus"),
        ("Padi", "Belalang"),
        ("Rumput", "Belalang"),
        ("Rumput", "Kelinci"),
        ("Belalang", "Katak"),
        ("Tikus", "Ular"),
        ("Katak", "Ular"),
        ("Kelinci", "Elang"),
        ("Katak", "Elang"),
    ]

    def draw(canvas: Canvas) -> None:
        for start, end in eaten:
            (x1, y1), (x2, y2) = places[start], places[end]
            angle = math.atan2(y2 - y1, x2 - x1)
            reach = 38 if abs(math.sin(angle)) < 0.5 else 20
            tip = (x2 - reach * math.cos(angle), y2 - reach * math.sin(angle))
            _line(canvas, [(x1 + 20 * math.cos(angle), y1 + 20 * math.sin(angle)), tip], BLUE, 2)
            for turn in (2.6, -2.6):
                _line(canvas, [tip, (tip[0] + 11 * math.cos(angle + turn), tip[1] + 11 * math.sin(angle + turn))], BLUE)
        for name, (x, y) in places.items():
            _box(canvas, (x - 38, y - 15, x + 38, y + 15), "#eef4ea")
            _text(canvas, x, y, name, 14)

    return _picture(440, 285, draw)


def number_cards() -> bytes:
    """Four growing patterns of squares: 1, 4, 9 and 16."""

    def draw(canvas: Canvas) -> None:
        left = 30
        for side in range(1, 5):
            for row in range(side):
                for column in range(side):
                    x, y = left + column * 26, 150 - (row + 1) * 26
                    _box(canvas, (x, y, x + 24, y + 24), (GREEN, "#a9cfb6")[(row + column) % 2])
            _text(canvas, left + side * 13, 170, f"Pola {side}", 14)
            left += side * 26 + 44

    return _picture(470, 190, draw)


PICTURES: dict[str, Callable[[], bytes]] = {
    "panen.png": harvest_chart,
    "kebun.png": garden_plan,
    "rangkaian.png": circuit,
    "suhu.png": temperature_graph,
    "jaring-makanan.png": food_web,
    "pola.png": number_cards,
}
