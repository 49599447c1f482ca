"""The ids that reading a single file can give: what the readers and the models refuse, for ``kogge rules``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Reading:
    """A kind of mistake within one file."""

    id: str
    text: str
    why: str


READINGS: Final = (
    Reading(
        "unreadable", "Every file can be opened and is a regular file.", "A pipe or a device would hang the check."
    ),
    Reading(
        "outside-tree",
        "No file is a link out of the data root.",
        "What is checked is what is in the repository.",
    ),
    Reading("too-large", "A file has at most 256 KiB.", "The largest sensible tenant file has some 10 KiB."),
    Reading(
        "stray-file",
        "tenants/ and catalogue/ hold .yaml files, READMEs and hidden files only.",
        "A partner in a file named .yml would silently not exist.",
    ),
    Reading("encoding", "Files are UTF-8.", "Names of towns have umlauts; other encodings garble them."),
    Reading(
        "invisible-character",
        "No control, zero-width, direction-changing or no-break characters.",
        "A reviewer would approve another text than the one that is read.",
    ),
    Reading(
        "decomposed-character",
        "Umlauts are composed characters (Unicode NFC).",
        "Two spellings that look the same would be two names.",
    ),
    Reading("tab", "Lines are indented with spaces.", "YAML does not allow tabs there."),
    Reading("yaml-syntax", "The text is YAML 1.2.", "Nothing can be read out of it otherwise."),
    Reading("one-document", "A file holds one document.", "A second one would be overlooked."),
    Reading("empty-file", "A file says something.", "Nothing is deleted because a file is empty."),
    Reading(
        "duplicate-key", "A key stands once in a mapping.", "YAML readers differ in which of the two they believe."
    ),
    Reading("yaml-key", "Keys are plain words.", "No field has a list or a mapping as its name."),
    Reading("yaml-tag", "No tags (!…).", "The field decides the type."),
    Reading("yaml-anchor", "No anchors (&…).", "A tenant file says every value where it stands."),
    Reading("yaml-alias", "No aliases (*…).", "A tenant file says every value where it stands."),
    Reading("too-deep", "Values are nested at most 40 deep.", "Tenant files need five levels."),
    Reading("empty-value", "A key that is written has a value.", "A value that was lost would silently be a default."),
    Reading("number", "Numbers are finite and have at most 18 digits.", "Anything else is a mistyped text."),
    Reading(
        "unquoted-key",
        "Texts that look like numbers or truth values are quoted: keys, versions.",
        "Without quotes 01053090 is a number, and an octal one for some readers.",
    ),
    Reading("unknown-field", "Every field is known.", "A misspelt field would silently do nothing."),
    Reading("missing-field", "Every required field is there.", "There is no sensible value to assume."),
    Reading("unknown-word", "Words come from the closed list of their field.", "A misspelt stage is no stage."),
    Reading("wrong-type", "Values have the type of their field.", 'Types are not guessed: "443" is no number.'),
    Reading(
        "bad-value", "Values have the form of their field.", "An address, key or date that cannot exist fails later."
    ),
    Reading(
        "grant-rests",
        "The provider of a used service has no errors (a warning at the consumer).",
        "A grant rests while one of its two files is refused.",
    ),
)
