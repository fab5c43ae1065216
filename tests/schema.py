#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""schema.py SCHEMA FILE... — checks JSON documents ('-' is standard input) against a JSON schema whose references are
files beside it. Prints each fault with its path; status 1 when there was one, 2 when something cannot be read."""
import json
import pathlib
import sys

import jsonschema


def load(name):
    if name == "-":
        return json.load(sys.stdin)
    with open(name, encoding="utf-8") as file:
        return json.load(file)


def main():
    schema_path = pathlib.Path(sys.argv[1]).resolve()
    schema = load(schema_path)
    resolver = jsonschema.RefResolver(schema_path.as_uri(), schema)
    validator = jsonschema.Draft4Validator(schema, resolver=resolver)
    faults = 0
    for name in sys.argv[2:]:
        for fault in validator.iter_errors(load(name)):
            print(f"{name}: {'.'.join(map(str, fault.absolute_path))}: {fault.message}")
            faults += 1
    return 1 if faults else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, ValueError, IndexError) as error:
        print(f"schema.py: {error}", file=sys.stderr)
        sys.exit(2)
