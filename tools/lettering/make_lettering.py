"""Draws the letters of the contact sheet: eval/src/main/resources/io/bottleneck4j/eval/drawing/lettering.bin.

Java draws no text where the system has no fonts, as in a bare container, so the letters come along as pictures of DejaVu Sans and
DejaVu Sans Bold (debian: fonts-dejavu-core; licence beside the file). Gzipped, numbers as java.io.DataInputStream reads them: the number
of faces (a byte), and for each its line height in px (a byte) and the number of letters (short); for each letter its code
point (int), advance, left bearing, distance of its top row from the top of the line, width, height (bytes; bearing and distance signed), then
width × height bytes of coverage, 0 to 255. The letter of code point 0 stands for every one that is missing.

Run from the repository's root: python tools/lettering/make_lettering.py
Needs pillow.
"""
import gzip
import pathlib
import struct

from PIL import Image, ImageDraw, ImageFont

OUT = pathlib.Path("eval/src/main/resources/io/bottleneck4j/eval/drawing/lettering.bin")
FONTS = "/usr/share/fonts/truetype/dejavu"
FACES = [("DejaVuSans.ttf", 14), ("DejaVuSans-Bold.ttf", 16)]
# Basic and extended Latin, Greek, Cyrillic, general punctuation, arrows, the signs of measurements.
RANGES = [(0x20, 0x7F), (0xA0, 0x180), (0x384, 0x400), (0x400, 0x460), (0x2010, 0x2028), (0x2190, 0x2194)]
SINGLES = [0x2032, 0x2033, 0x20AC, 0x2212, 0x221E, 0x2248, 0x2260, 0x2264, 0x2265]


def letter(font, text):
    left, top, right, bottom = font.getbbox(text)
    width, height = max(0, right - left), max(0, bottom - top)
    image = Image.new("L", (max(1, width), max(1, height)))
    ImageDraw.Draw(image).text((-left, -top), text, font=font, fill=255)
    pixels = image.tobytes() if width and height else b""
    return round(font.getlength(text)), left, top, width, height, pixels


def main():
    body = bytearray([len(FACES)])
    for name, size in FACES:
        font = ImageFont.truetype(f"{FONTS}/{name}", size)
        ascent, descent = font.getmetrics()
        missing = font.getmask("\uffff").getbbox(), bytes(font.getmask("\uffff"))
        points = [p for first, end in RANGES for p in range(first, end)] + SINGLES
        known = [p for p in points if p in (0x20, 0xA0) or (font.getmask(chr(p)).getbbox(), bytes(font.getmask(chr(p)))) != missing]
        body += struct.pack(">BH", ascent + descent, len(known) + 1)
        for point in [0, *known]:
            advance, left, top, width, height, pixels = letter(font, chr(point) if point else "\uffff")
            body += struct.pack(">IBbbBB", point, advance, left, top, width, height) + pixels
    OUT.write_bytes(gzip.compress(bytes(body), mtime=0))
    print(f"{OUT}: {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
