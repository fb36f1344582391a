"""Records in a journal file, whole and damaged."""

from hypothesis import given
from hypothesis import strategies as st

from app.store.journal_format import count, read, record

PAYLOADS = [b'{"a":1}', b'{"b":"two"}', b'{"c":[3,3,3]}']
FILE = b"".join(map(record, PAYLOADS))


def test_records_come_back_in_order() -> None:
    """faults.md 4."""
    contents = read(FILE)

    assert list(contents.records) == PAYLOADS
    assert contents.damages == ()
    assert count(FILE) == 3


def test_a_file_cut_at_any_byte_of_its_last_record_gives_all_the_others() -> None:
    """faults.md F135."""
    whole = len(FILE) - len(record(PAYLOADS[-1]))

    for end in range(whole, len(FILE) + 1):
        contents = read(FILE[:end])
        # The newline only serves human eyes; without it the record is whole.
        is_whole = end >= len(FILE) - 1
        assert list(contents.records) == (PAYLOADS if is_whole else PAYLOADS[:-1])
        assert len(contents.damages) == (0 if is_whole or end == whole else 1)


def test_a_flipped_byte_anywhere_costs_at_most_the_record_that_it_is_in() -> None:
    """faults.md F135."""
    starts = [0, len(record(PAYLOADS[0])), len(record(PAYLOADS[0])) + len(record(PAYLOADS[1]))]

    for position in range(len(FILE)):
        for flip in (0x01, 0x14, 0x80):
            damaged = bytearray(FILE)
            damaged[position] ^= flip
            hit = max(index for index, start in enumerate(starts) if start <= position)
            survivors = [payload for index, payload in enumerate(PAYLOADS) if index != hit]
            found = list(read(bytes(damaged)).records)
            assert [payload for payload in found if payload in survivors] == survivors
            assert set(found) <= set(PAYLOADS)


def test_damage_is_named_by_position() -> None:
    """faults.md F135."""
    damaged = FILE.replace(b'"two"', b'"TWO"')

    (damage,) = read(damaged).damages

    assert damage.start == len(record(PAYLOADS[0]))
    assert damage.end == len(FILE) - len(record(PAYLOADS[2]))


@given(st.binary(max_size=300))
def test_any_bytes_are_either_records_or_damage(data: bytes) -> None:
    """threats.md S40."""
    contents = read(data)

    assert all(damage.start < damage.end <= len(data) for damage in contents.damages)


@given(
    st.lists(st.binary(max_size=30).map(lambda b: b.replace(b"\x1e", b"")), max_size=5),
    st.binary(max_size=20),
)
def test_what_stands_before_and_after_does_not_matter(payloads: list[bytes], junk: bytes) -> None:
    """faults.md F135."""
    clean = junk.replace(b"\x1e", b"")

    contents = read(clean + b"".join(map(record, payloads)) + clean)

    assert list(contents.records) == payloads
