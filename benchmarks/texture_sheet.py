"""Twenty-four prompts on three models, through the real verbs, on one sheet: `python -m benchmarks.texture_sheet`.

Views that are there already are kept: name prompts' words to have those made again (`... texture_sheet leather jade`),
or `all`. The sheet and how long each view took lie in build/texture_sheet/.
"""

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from engine import client

PROMPTS = (
    "brown leather with stitches",
    "oak",
    "pine",
    "bronze with patina",
    "brushed steel",
    "polished gold",
    "rusty metal",
    "white marble",
    "granite",
    "red brick",
    "blue denim",
    "red and white knit",
    "bamboo",
    "ceramic",
    "blue glazed ceramic",
    "yellow plastic",
    "black rubber",
    "modelling clay",
    "snow",
    "moss",
    "sand",
    "carbon fibre",
    "woodland camouflage",
    "dragon scales",
)
ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "models"
MODELS = ("sample", "spot", "boot")
STAND_INS = {"spot": "closed_textured", "boot": "scan_no_uvs"}
"""The engine's own samples, where the developers' models are not there."""
FOLDER = ROOT / "build" / "texture_sheet"
VIEW_PX, TEXTURE_PX, LABEL_PX, COLUMNS = 288, 1024, 26, 4


def main(words: list[str]) -> None:
    """Make the views that are missing or asked for, then the sheet."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    models = {name: _get_model(name) for name in MODELS}
    times_file = FOLDER / "seconds.json"
    seconds = json.loads(times_file.read_text()) if times_file.exists() else {}
    for prompt in PROMPTS:
        for name, file in models.items():
            view = FOLDER / f"{prompt.replace(' ', '-')}--{name}.png"
            if view.exists() and "all" not in words and not any(word in prompt for word in words):
                continue
            seconds[view.stem] = _make_view(prompt, file, view)
            times_file.write_text(json.dumps(seconds, indent=1))
            print(f"{view.stem}: {seconds[view.stem]} s", flush=True)
        _lay_out().save(FOLDER / "sheet.png")  # after each prompt: it takes long, and may be looked at meanwhile
    print(f"{FOLDER / 'sheet.png'}: textured in {sum(seconds.values()):.0f} s together")


def _get_model(name: str) -> Path:
    if (SHARED / f"{name}.glb").is_file():
        return SHARED / f"{name}.glb"
    sample = STAND_INS.get(name, name)
    if not (FOLDER / f"{sample}.glb").is_file():
        client.run("sample", out=FOLDER, options={"name": sample})
    return FOLDER / f"{sample}.glb"


def _make_view(prompt: str, model: Path, view: Path) -> float:
    """Texture a model, photograph it, and return how many seconds the texture took."""
    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        started = time.monotonic()
        answer = client.run("texture", file=model, out=out, options={"prompt": prompt, "texture_size": TEXTURE_PX})
        seconds = round(time.monotonic() - started, 1)
        shot = {"angles": "three-quarter", "width": VIEW_PX, "height": VIEW_PX}
        picture = client.run("render", file=out / answer["file"], out=out, options=shot)["images"][0]
        shutil.copy(out / picture["file"], view)
    return seconds


def _lay_out() -> Image.Image:
    cell_width, cell_height = VIEW_PX * len(MODELS), VIEW_PX + LABEL_PX
    rows = -(-len(PROMPTS) // COLUMNS)
    sheet = Image.new("RGB", (cell_width * COLUMNS, cell_height * rows), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(18)
    for number, prompt in enumerate(PROMPTS):
        left, top = number % COLUMNS * cell_width, number // COLUMNS * cell_height
        pen.text((left + 8, top + 3), prompt, fill=(30, 30, 34), font=font)
        for index, name in enumerate(MODELS):
            file = FOLDER / f"{prompt.replace(' ', '-')}--{name}.png"
            if not file.exists():
                continue
            view = Image.open(file)
            view = view.resize((VIEW_PX, VIEW_PX), Image.Resampling.LANCZOS)
            sheet.paste(view, (left + index * VIEW_PX, top + LABEL_PX))
    return sheet


if __name__ == "__main__":
    main(sys.argv[1:])
