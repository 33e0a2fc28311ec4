from longtail.values.codes import ALPHABET, mint


def test_a_code_says_its_kind_and_is_safe_to_read_aloud():
    prefix, _, body = mint("DEM").partition("-")
    assert prefix == "DEM"
    assert len(body) == 10
    assert set(body) <= set(ALPHABET)
    assert not set("ILOU") & set(ALPHABET)


def test_codes_do_not_repeat():
    assert len({mint("AGR") for _ in range(1000)}) == 1000


def test_the_length_is_chosen():
    assert len(mint("X", length=16)) == len("X-") + 16
