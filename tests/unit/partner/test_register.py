"""A list of bodies saves looking up names and keys, and decides nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from kogge.errors import UsageError
from kogge.estate.models.body import BodyKind
from kogge.partner.register import LIST, Entry, find, look_up, read_register, slug
from tests.support.estate_of_all_bodies import NO_REGISTER, REGISTER

ROWS = """\
ags,name,kind,population
01053100,"Ratzeburg, Stadt",gemeinde,14652
01056000,"Pinneberg, (Kreis)",kreis,1
01061083,Neuendorf bei Wilster,gemeinde,1
05315000,"Köln, Stadt",kreisfreie_stadt,1
01054088,Neustadt,gemeinde,1
08337083,Neustadt,gemeinde,1
"""


@pytest.fixture
def data_root(tmp_path: Path) -> Path:
    (tmp_path / LIST).write_text(ROWS, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Mölln, Stadt", "moelln"),
        ("Rostock, Hanse- und Universitätsstadt", "rostock"),
        ("Groß Grönau", "gross-groenau"),
        ("Kreis Segeberg", "segeberg"),
    ],
)
def test_names_of_towns_make_names_of_tenants(name: str, expected: str) -> None:
    assert slug(name) == expected


def test_a_body_is_found_by_its_key_or_by_the_name_it_makes(data_root: Path) -> None:
    register = read_register(data_root / LIST)
    ratzeburg = Entry("01053100", "Ratzeburg, Stadt", BodyKind.MUNICIPALITY)
    assert find(register, name="ratzeburg", key=None, kind=None) == (ratzeburg,)
    assert find(register, name="ratzeburg", key=None, kind=BodyKind.DISTRICT) == ()
    assert find(register, name="x", key="01053100", kind=None) == (ratzeburg,)


def test_a_district_is_called_as_its_people_call_it(data_root: Path) -> None:
    register = read_register(data_root / LIST)
    assert find(register, name="x", key="01056", kind=None)[0].official_name == "Kreis Pinneberg"


def test_the_list_of_the_data_root_is_used_unless_another_is_named(
    data_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other") / "list.csv"
    other.write_text("ags,name,kind\n01002000,Kiel,kreisfreie_stadt\n", encoding="utf-8")
    assert look_up(data_root, None, name="koeln", key=None, kind=None) is not None
    assert look_up(data_root, other, name="koeln", key=None, kind=None) is None
    assert look_up(data_root, other, name="kiel", key=None, kind=None) == Entry(
        "01002000", "Kiel", BodyKind.INDEPENDENT_CITY
    )


def test_without_a_list_nothing_is_looked_up(tmp_path: Path) -> None:
    assert look_up(tmp_path, None, name="kiel", key=None, kind=None) is None
    with pytest.raises(UsageError, match="is no list of municipalities"):
        look_up(tmp_path, tmp_path / "none.csv", name="kiel", key=None, kind=None)


def test_a_joint_body_is_in_no_list(data_root: Path) -> None:
    assert look_up(data_root, None, name="ratzeburg", key=None, kind=BodyKind.JOINT_BODY) is None


def test_several_bodies_of_one_name_are_told_apart_by_their_key(data_root: Path) -> None:
    with pytest.raises(UsageError, match="2 bodies are named so: 01054088 Neustadt, 08337083 Neustadt"):
        look_up(data_root, None, name="neustadt", key=None, kind=None)
    found = look_up(data_root, None, name="neustadt", key="08337083", kind=None)
    assert found is not None
    assert found.key == "08337083"


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "ags,name,kind\n1,x,village\n"])
def test_another_table_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / LIST).write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="is no list of municipalities"):
        look_up(tmp_path, None, name="kiel", key=None, kind=None)


@pytest.mark.skipif(not REGISTER.is_file(), reason=NO_REGISTER)
def test_the_whole_list_is_read() -> None:
    register = read_register(REGISTER)
    assert len(register) > 10_000
    found = find(register, name="moelln", key=None, kind=None)
    assert [(entry.key, entry.official_name) for entry in found] == [
        ("01053090", "Mölln, Stadt"),
        ("13071102", "Mölln"),
    ]
