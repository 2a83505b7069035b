"""Asks a server with OpenAI's own Python client for all that it has, and says what came of it.

    bin/bottleneck4j serve &
    python3 -m venv /tmp/client && /tmp/client/bin/pip install openai==3.57.0 pillow
    /tmp/client/bin/python tools/serving/openai_client.py http://127.0.0.1:8080/v1

Each step is printed; the first that does not hold ends it with 1.
"""

import argparse
import base64
import io
import time

import openai
from PIL import Image

PANDA = "a panda on a green background, 3d style"


def decoded(b64, size, kind="PNG"):
    """A picture of an answer, which must be one of that size and format."""
    image = Image.open(io.BytesIO(base64.b64decode(b64)))
    image.load()
    assert image.size == size and image.format == kind, (image.size, image.format)
    return image


def png(image):
    file = io.BytesIO()
    image.save(file, "PNG")
    return "picture.png", file.getvalue(), "image/png"


def models(client):
    found = {model.id: model for model in client.models.list()}
    assert client.models.retrieve(next(iter(found))).id in found
    return f"{', '.join(found)}"


def generate(client):
    extra = {"plan": "x3", "seed": 4}
    first = client.images.generate(prompt=PANDA, size="256x256", n=2, extra_body=extra)
    again = client.images.generate(prompt=PANDA, size="256x256", n=2, extra_body=extra)
    for a, b in zip(first.data, again.data, strict=True):
        decoded(a.b64_json, (256, 256))
        assert a.b64_json == b.b64_json, "the same seed gives another picture"
    assert first.data[0].b64_json != first.data[1].b64_json
    return f"2 pictures of {first.size}, the same twice, in {first.inference_time_s} s"


def formats(client):
    for kind, name in (("jpeg", "JPEG"), ("webp", "WEBP")):
        made = client.images.generate(prompt=PANDA, output_format=kind, output_compression=80, extra_body={"plan": "x3"})
        decoded(made.data[0].b64_json, (256, 256), name)
    made = client.images.generate(prompt=PANDA, response_format="url", extra_body={"plan": "x3"})
    assert made.data[0].url.startswith("http")
    return "jpeg, webp, url"


def stream(client):
    sizes = []
    with client.images.generate(prompt=PANDA, stream=True, partial_images=2, extra_body={"seed": 4}) as events:
        for event in events:
            assert event.type in ("image_generation.partial_image", "image_generation.completed"), event.type
            sizes.append(Image.open(io.BytesIO(base64.b64decode(event.b64_json))).size)
    assert event.type == "image_generation.completed" and sizes[-1] == (256, 256)
    return f"previews of {sizes[:-1]}, then {sizes[-1]}"


def edit(client):
    start = decoded(client.images.generate(prompt=PANDA, extra_body={"plan": "x3"}).data[0].b64_json, (256, 256))
    mask = Image.new("RGBA", (256, 256), "white")
    mask.paste((0, 0, 0, 0), (0, 0, 128, 256))
    made = client.images.edit(image=png(start), mask=png(mask), prompt="a fox, 3d style", extra_body={"seed": 4})
    changed = decoded(made.data[0].b64_json, (256, 256))
    kept = [change(start, changed, box) for box in ((160, 0, 256, 256), (0, 0, 96, 256))]
    assert kept[0] < kept[1], f"the mask's half changed by {kept[1]}, the other by {kept[0]}"
    with client.images.edit(image=png(start), prompt=PANDA, stream=True, partial_images=1) as events:
        kinds = [event.type for event in events]
    assert kinds == ["image_edit.partial_image", "image_edit.completed"], kinds
    return f"changed by {kept[1]:.1f} of 255 where the mask lets it, {kept[0]:.1f} elsewhere"


def change(a, b, box):
    """Mean difference of the values in a box."""
    pairs = zip(a.convert("RGB").crop(box).tobytes(), b.convert("RGB").crop(box).tobytes(), strict=True)
    return sum(abs(x - y) for x, y in pairs) / (3 * (box[2] - box[0]) * (box[3] - box[1]))


def errors(client):
    for kind, code, ask in (
        (openai.BadRequestError, "invalid_value", lambda: client.images.generate(prompt="x", size="250x250")),
        (openai.BadRequestError, "unknown_parameter", lambda: client.images.generate(prompt="x", extra_body={"stepz": 4})),
        (openai.NotFoundError, "model_not_found", lambda: client.images.generate(prompt="x", model="dall-e-3")),
        (openai.NotFoundError, "not_found", lambda: client.videos.retrieve("video_none")),
    ):
        try:
            ask()
        except kind as error:
            assert error.code == code, error.body
        else:
            raise AssertionError(f"{code} was not refused")
    return "each of its own class and code"


def videos(client):
    job = client.videos.create(prompt="a ball moves right", extra_body={"seed": 4})
    assert job.status in ("queued", "in_progress"), job
    while job.status in ("queued", "in_progress"):
        time.sleep(0.2)
        job = client.videos.retrieve(job.id)
    assert job.status == "completed" and job.progress == 100, job
    content = client.videos.download_content(job.id).read()
    assert content[4:8] == b"ftyp", content[:16]
    assert job.id in [video.id for video in client.videos.list()]
    assert client.videos.delete(job.id).deleted
    return f"{job.seconds} s, {len(content)} bytes"


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("base")
    options.add_argument("--key", default="none")
    given = options.parse_args()
    client = openai.OpenAI(base_url=given.base, api_key=given.key, max_retries=0)
    print(f"openai {openai.__version__}")
    for step in (models, generate, formats, stream, edit, errors, videos):
        print(f"{step.__name__:9} {step(client)}", flush=True)


if __name__ == "__main__":
    main()
