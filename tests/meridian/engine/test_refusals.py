"""What the CLI said, in words seen on 3.260, becomes one line with the remedy; backends in buckets cannot all be had in a test."""

import pytest

from meridian.engine.refusals import refusal

READ = 'error: read ".pulumi/meta.yaml": blob (key ".pulumi/meta.yaml")'
GET = "operation error S3: GetObject"


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (f"{READ} (code=Unknown): {GET}, get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role found",
         "dev: the backend asks for credentials, failed to refresh cached credentials: set those"),
        ("error: missing google credentials: unable to find gcp credentials: google: could not find default credentials. See https://x",
         "dev: the backend asks for credentials, unable to find gcp credentials: google: could not find default credentials"),
        ('error: unable to open bucket "azblob://c": azureblob: Options.AccountName is required', "dev: the backend"),
        (f"{READ} (code=PermissionDenied): {GET}, https response error StatusCode: 403, api error AccessDenied: said",
         "dev: the backend cannot be reached, AccessDenied: check PULUMI_BACKEND_URL"),
        ("error: error listing stacks: could not list bucket: blob (code=NotFound): operation error S3: ListObjectsV2, https response "
         "error StatusCode: 404, NoSuchBucket: said", "dev: the backend cannot be reached, NoSuchBucket: check"),
        (f'{READ} (code=Unknown): {GET}, exceeded maximum number of attempts, 3, Get "http://x": dial tcp 127.0.0.1:9: '
         "connect: connection refused", "dev: the backend cannot be reached, connection refused: check"),
    ],
)  # fmt: skip
def test_each_is_one_line(said: str, line: str) -> None:
    found = str(refusal(said, "dev"))
    assert found.startswith(line)
    assert "\n" not in found


def test_what_is_not_known_is_not_explained() -> None:
    assert refusal("error: something else", "dev") is None
