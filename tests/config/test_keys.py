"""An installation's secrets are made once, for its owner's eyes only."""

import stat

from joserfc.jwk import OKPKey

from longtail.config import keys

SECRETS = {"secret_key", "idp_key", "log_key"}


def test_every_secret_is_made_once_and_readable_by_its_owner_alone(tmp_path):
    keys.ensure(tmp_path)
    made = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert set(made) >= SECRETS
    modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert modes == {0o600}
    keys.ensure(tmp_path)
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == made


def test_the_log_key_is_an_ed25519_key(tmp_path):
    keys.ensure(tmp_path)
    key = OKPKey.import_key((tmp_path / "log_key").read_text())
    assert key.as_dict(private=True)["crv"] == "Ed25519"
