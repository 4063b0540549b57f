"""Credentials are found by their published shapes; what only speaks of one is not."""

import base64
import gzip

import pytest

from policies.core.facts.secret_text import credentials, decoded

# Examples of the IAM user guide.
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

FOUND = {
    "an AWS access key": f"aws configure set aws_access_key_id {KEY}",
    "an AWS secret key": f'export AWS_SECRET_ACCESS_KEY="{SECRET}"',
    "a private key": "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn",
    "a GitHub token": "git clone https://ghp_" + "a1B2" * 9 + "@github.com/org/repo",
    "a password": "DB_PASSWORD=correct-horse-battery",
}


@pytest.mark.parametrize(("kind", "text"), FOUND.items())
def test_a_credential_is_found_in_plain_base64_and_gzip(kind: str, text: str) -> None:
    for encoded in (text, base64.b64encode(text.encode()).decode(), base64.b64encode(gzip.compress(text.encode())).decode()):
        assert list(credentials(encoded)) == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yum install -y nginx",
        "PASSWORD=$(aws secretsmanager get-secret-value --secret-id db)",
        'password = "${DB_PASSWORD}"',
        "password: {{ vault_password }}",
        "export AWS_SECRET_ACCESS_KEY=$SECRET",
        "-----BEGIN PUBLIC KEY-----",
        "sha256: " + "0" * 64,
        "ARN=arn:aws:iam::123456789012:role/blue",
    ],
)
def test_what_only_speaks_of_one_is_not(text: str) -> None:
    assert list(credentials(text)) == []


@pytest.mark.parametrize("text", ["no base64!", "H4sIAAAA", base64.b64encode(b"\x1f\x8bbroken").decode()])
def test_what_cannot_be_decoded_is_read_as_it_stands(text: str) -> None:
    assert KEY in decoded(KEY + " is not base64")
    assert isinstance(decoded(text), str)
