"""Is a PLY whole? Its header says what has to follow; a list's length stands before its values.

The format is Greg Turk's (The PLY Polygon File Format); written from knowledge of it, not from a reading of its page.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from jobs.formats import NotTaken

HEADER_MAX_BYTES = 65_536
ELEMENTS_MAX, PROPERTIES_MAX = 50, 200  # two elements and a dozen properties are usual
WALK_MAX = 2_000_000  # rows that are looked at one by one, some seconds; what lies beyond is believed
DIGITS_MAX = 9
TYPES = {
    **dict.fromkeys(("char", "int8"), "b"),
    **dict.fromkeys(("uchar", "uint8"), "B"),
    **dict.fromkeys(("short", "int16"), "h"),
    **dict.fromkeys(("ushort", "uint16"), "H"),
    **dict.fromkeys(("int", "int32"), "i"),
    **dict.fromkeys(("uint", "uint32"), "I"),
    **dict.fromkeys(("float", "float32"), "f"),
    **dict.fromkeys(("double", "float64"), "d"),
}
ORDERS = {"binary_little_endian": "<", "binary_big_endian": ">"}
DAMAGED = "This PLY's header is damaged, or it has no points."
CUT_OFF = "This PLY is cut off: it ends before everything that its header announces."


@dataclass(frozen=True)
class Property:
    """A value's type as `struct` writes it; `count` is the type of its length where it is a list."""

    code: str
    count: str = ""


@dataclass(frozen=True)
class Element:
    number: int
    properties: tuple[Property, ...]


@dataclass(frozen=True)
class Header:
    format: str
    elements: tuple[Element, ...]
    length: int


def check_ply(path: Path) -> None:
    """:raises NotTaken: when the header is damaged, or the file ends before what it announces"""
    with path.open("rb") as stream:
        header = read_header(stream.read(HEADER_MAX_BYTES))
        stream.seek(header.length)
        if header.format == "ascii":
            _check_text(stream, header)
        else:
            _check_bytes(stream, header, left=path.stat().st_size - header.length)


def read_header(head: bytes) -> Header:
    """:raises NotTaken: when it is none, or has no points"""
    found = re.search(rb"end_header[^\n]*\n", head)
    lines = [line.split() for line in head[: found.start()].decode("latin-1").splitlines()] if found else []
    kind, elements = "", []
    for words in lines:
        if words[:1] == ["format"] and len(words) == 3:
            kind = words[1]
        elif words[:1] == ["element"] and len(words) == 3 and words[2].isdigit() and len(words[2]) < 12:
            elements.append((words[1], int(words[2]), list[Property]()))
        elif words[:1] == ["property"] and elements:
            elements[-1][2].append(_read_property(words[1:]))
    has_points = any(name == "vertex" and number for name, number, _ in elements)
    is_sane = len(elements) <= ELEMENTS_MAX and all(len(item[2]) <= PROPERTIES_MAX for item in elements)
    if found is None or kind not in (*ORDERS, "ascii") or not has_points or not is_sane:
        raise NotTaken(DAMAGED)
    return Header(kind, tuple(Element(number, tuple(items)) for _, number, items in elements), found.end())


def _read_property(words: list[str]) -> Property:
    try:
        if words[0] == "list":
            return Property(TYPES[words[2]], TYPES[words[1]])
        return Property(TYPES[words[0]])
    except (KeyError, IndexError) as error:
        raise NotTaken(DAMAGED) from error


def _check_text(stream: BinaryIO, header: Header) -> None:
    """Each element has a line, in all that programs write; where there are fewer lines, each value is looked at."""
    start, wanted = stream.tell(), sum(element.number for element in header.elements)
    lines, last = 0, b""
    for line in stream:
        if line.strip():
            lines, last = lines + 1, line
        if lines > wanted:
            return
    has_lists = any(item.count for item in header.elements[-1].properties)
    if lines == wanted and (last.endswith(b"\n") or not has_lists or _is_whole(last)):
        return
    if wanted > WALK_MAX:
        raise NotTaken(CUT_OFF)
    stream.seek(start)
    words = (word for line in stream for word in line.split())
    if not all(_take_element(words, element) for element in header.elements):
        raise NotTaken(CUT_OFF)


def _is_whole(line: bytes) -> bool:
    """Return whether a line that is one list holds as many values as it says."""
    words = line.split()
    return len(words) > _read_count(words[0])


def _read_count(word: bytes) -> int:
    """:raises NotTaken: when it is no length of a list"""
    if not word.isdigit() or len(word) > DIGITS_MAX:
        raise NotTaken(DAMAGED)
    return int(word)


def _take_element(words: Iterator[bytes], element: Element) -> bool:
    for _ in range(element.number):
        for item in element.properties:
            word = next(words, None)
            if word is None:
                return False
            if item.count and any(next(words, None) is None for _ in range(_read_count(word))):
                return False
    return True


def _check_bytes(stream: BinaryIO, header: Header, *, left: int) -> None:
    order = ORDERS[header.format]
    for element in header.elements:
        if any(item.count for item in element.properties):
            size = _measure_lists(stream, element, order=order, left=left)
        else:
            size = element.number * sum(struct.calcsize(order + item.code) for item in element.properties)
        left -= size
        if left < 0:
            raise NotTaken(CUT_OFF)
        stream.seek(size, 1)


def _measure_lists(stream: BinaryIO, element: Element, *, order: str, left: int) -> int:
    """Return how many bytes the element takes, at most a little over `left`; the stream stays where it is.

    Where every list is as long as those of the first row, as triangles are, that is known at once.
    """
    start = stream.tell()
    first = _measure_row(stream, element, order=order)
    size = first * element.number
    if size != left:  # lists of several lengths, or elements that follow
        stream.seek(start)
        size = 0
        for _ in range(min(element.number, WALK_MAX)):
            size += _measure_row(stream, element, order=order)
            if size > left:
                break
    stream.seek(start)
    return size


def _measure_row(stream: BinaryIO, element: Element, *, order: str) -> int:
    size = 0
    for item in element.properties:
        number = 1
        if item.count:
            width = struct.calcsize(order + item.count)
            found = stream.read(width)
            if len(found) < width:
                raise NotTaken(CUT_OFF)
            number, size = int(struct.unpack(order + item.count, found)[0]), size + width
            if number < 0:
                raise NotTaken(DAMAGED)
        length = number * struct.calcsize(order + item.code)
        stream.seek(length, 1)
        size += length
    return size
