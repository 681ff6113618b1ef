#!/usr/bin/python3
"""Writes unicode_table.cc from Python's own Unicode data: ./unicode_table.py > unicode_table.cc"""
import sys

LAST = 0x110000


def ranges(mapping):
    """(first, last, step, distance) rows that describe point → point + distance."""
    rows = []
    for point in sorted(mapping):
        distance = mapping[point] - point
        if rows:
            first, last, step, known = rows[-1]
            gap = point - last
            if known == distance and (gap == step or (first == last and gap in (1, 2))):
                rows[-1] = (first, point, gap, known)
                continue
        rows.append((point, point, 1, distance))
    return rows


def simple(change):
    out = {}
    for point in range(LAST):
        if 0xD800 <= point < 0xE000:
            continue
        changed = change(chr(point))
        if len(changed) == 1 and ord(changed) != point:
            out[point] = ord(changed)
    return out


def special(change):
    return {p: change(chr(p)) for p in range(LAST) if not 0xD800 <= p < 0xE000 and len(change(chr(p))) > 1}


def spans(holds):
    out = []
    for point in range(LAST):
        if 0xD800 <= point < 0xE000 or not holds(chr(point)):
            continue
        if out and out[-1][1] == point - 1:
            out[-1][1] = point
        else:
            out.append([point, point])
    return out


def emit(items):
    line = "   "
    for item in items:
        if len(line) + len(item) > 117:
            print(line)
            line = "   "
        line += " " + item + ","
    print(line)


def escaped(text):
    return '"' + "".join(f"\\x{byte:02X}" for byte in text.encode()) + '"'


def main():
    print("// Made by unicode_table.py; do not edit.")
    print('#include "dsl/expr/unicode_table.h"\n\nnamespace foehn::expr::unicode {\nnamespace {\n')
    print("// clang-format off")
    upper, title = simple(str.upper), simple(str.title)
    odd = {p: title.get(p, p) for p in set(upper) | set(title) if upper.get(p, p) != title.get(p, p)}
    odd.update({p: c for p, c in odd.items()})
    for name, mapping in (("kUpper", upper), ("kLower", simple(str.lower)), ("kTitle", odd)):
        print(f"constexpr CaseRange {name}[] = {{")
        rows = ranges(mapping) if name != "kTitle" else [(p, p, 1, c - p) for p, c in sorted(mapping.items())]
        emit(f"{{{a:#x}, {b:#x}, {s}, {d}}}" for a, b, s, d in rows)
        print("};")
    for name, change in (("kUpperTexts", str.upper), ("kLowerTexts", str.lower), ("kTitleTexts", str.title)):
        print(f"constexpr CaseText {name}[] = {{")
        emit(f"{{{p:#x}, {escaped(t)}}}" for p, t in sorted(special(change).items()))
        print("};")
    print("constexpr Span kWords[] = {")
    emit(f"{{{a:#x}, {b:#x}}}" for a, b in spans(lambda c: c.isalnum() or c == "_"))
    print("};\n// clang-format on\n\n}  // namespace\n")
    for kind, name in (("CaseRange", "upper"), ("CaseRange", "lower"), ("CaseRange", "title"), ("CaseText", "upper_texts"),
                       ("CaseText", "lower_texts"), ("CaseText", "title_texts"), ("Span", "words")):
        constant = "k" + "".join(part.capitalize() for part in name.split("_"))
        print(f"std::span<const {kind}> {name}() {{ return {constant}; }}")
    print("\n}  // namespace foehn::expr::unicode")


if __name__ == "__main__":
    sys.exit(main())
