"""Reads mails as Python's email package does, and prints what it found as JSON: a second opinion on what is written."""

import email
import email.policy
import hashlib
import json
import sys


def people(message, name):
    field = message[name]
    return [[one.display_name, one.addr_spec] for one in field.addresses] if field else []


def read(path):
    with open(path, "rb") as file:
        message = email.message_from_bytes(file.read(), policy=email.policy.default)
    body = message.get_body(("plain",))
    files, names = [], []
    for part in message.iter_attachments():
        payload = part.get_payload(decode=True)
        kind = part.get_content_type()
        if kind == "message/rfc822":
            payload = part.get_payload(0).as_bytes(policy=email.policy.SMTP)
        files.append([part.get_filename() or "", kind, hashlib.sha256(payload or b"").hexdigest()])
        # What an old program shows, which looks at the type alone.
        names.append(str(part["Content-Type"].params.get("name", "")))
    defects = [str(defect) for part in message.walk() for defect in part.defects]
    defects += [str(defect) for value in message.values() for defect in value.defects]
    # Names in encoded words are for programs that know no other way, and beside one by the book.
    typed = [part["Content-Type"] for part in message.iter_attachments()]
    disposed = [part["Content-Disposition"] for part in message.iter_attachments()]
    defects += [str(defect) for value in disposed if value for defect in value.defects]
    named = ["encoded word inside quoted string", "missing trailing whitespace after encoded-word"]
    defects += [str(defect) for value in typed if value for defect in value.defects if str(defect) not in named]
    return {
        "names": sorted(message.keys()),
        "subject": message["Subject"] or "",
        "from": people(message, "From"),
        "to": people(message, "To"),
        "text": body.get_content(),
        "files": files,
        "types": names,
        "defects": defects,
    }


print(json.dumps([read(path) for path in sys.argv[1:]]))
