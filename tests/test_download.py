"""get_file: the cache, hashes, servers that fail, and archives that must not write elsewhere."""

import hashlib
import http.server
import io
import os
import tarfile
import threading
import types
import zipfile

import pytest

from pycnn.utils import get_file

CONTENT = bytes(range(256)) * 1000
SHA256, MD5 = hashlib.sha256(CONTENT).hexdigest(), hashlib.md5(CONTENT).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with CONTENT; /short says more than it sends, /unknown gives no length, /missing is not there."""

    requests = 0

    def do_GET(self):
        Handler.requests += 1
        self.send_response(404 if "missing" in self.path else 200)
        if "unknown" not in self.path:
            self.send_header("Content-Length", str(len(CONTENT) + 10 * ("short" in self.path)))
        self.end_headers()
        self.wfile.write(CONTENT)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def read(path):
    with open(path, "rb") as file:
        return file.read()


@pytest.mark.parametrize(
    ("address", "options", "place"),
    [
        ("data.bin", {}, "datasets/data.bin"),
        ("a/b/data.bin?x=1", {"fname": "mine"}, "datasets/mine"),
        ("unknown%20length.bin", {"cache_subdir": "other"}, "other/unknown length.bin"),
        ("data.bin", {"file_hash": SHA256}, "datasets/data.bin"),
        ("data.bin", {"file_hash": SHA256.upper(), "hash_algorithm": "sha256"}, "datasets/data.bin"),
        ("data.bin", {"file_hash": MD5}, "datasets/data.bin"),
        ("data.bin", {"md5_hash": MD5}, "datasets/data.bin"),
    ],
)
def test_places_and_hashes(server, cache, address, options, place):
    before = Handler.requests
    for _ in range(2):
        path = get_file(origin=f"{server}/{address}", cache_dir=cache, **options)
        assert path == str(cache / place) and read(path) == CONTENT
    assert Handler.requests == before + 1  # the second is in the cache
    get_file(origin=f"{server}/{address}", cache_dir=cache, force_download=True, **options)
    assert Handler.requests == before + 2
    assert os.listdir(cache / place.partition("/")[0]) == [place.partition("/")[2]]


def test_files_on_this_machine(tmp_path, cache):
    (tmp_path / "here.txt").write_text("content")
    path = get_file(origin=(tmp_path / "here.txt").as_uri(), cache_dir=cache)
    assert read(path) == b"content" and path != str(tmp_path / "here.txt")


def test_where_the_cache_is(server, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KERAS_HOME", raising=False)
    assert get_file("a", f"{server}/a") == str(tmp_path / ".keras/datasets/a")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    assert get_file("a", f"{server}/a") == str(tmp_path / "home/datasets/a")
    assert get_file("a", f"{server}/a", cache_dir="~/own", cache_subdir="") == str(tmp_path / "own/a")


def test_a_wrong_file_in_the_cache_is_replaced(server, cache, capsys):
    path = get_file(origin=f"{server}/data.bin", cache_dir=cache, file_hash=SHA256)
    with open(path, "wb") as file:
        file.write(b"damaged")
    assert read(get_file(origin=f"{server}/data.bin", cache_dir=cache)) == b"damaged"  # nothing tells
    assert read(get_file(origin=f"{server}/data.bin", cache_dir=cache, file_hash=SHA256)) == CONTENT
    assert "is in the cache, but with another sha256 hash" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("address", "options", "error", "message"),
    [
        ("missing.bin", {}, OSError, r"\[get_file\] origin could not be read: HTTP Error 404.*; got origin='http"),
        ("short.bin", {}, OSError, r"\[get_file\] origin could not be read: .* after 256000 of 256010 bytes"),
        ("data.bin", {"file_hash": "0" * 64}, ValueError, rf"\[get_file\] the sha256 hash of .* got hash='{SHA256}'"),
        ("data.bin", {"file_hash": "0" * 32}, ValueError, rf"\[get_file\] the md5 hash of .* got hash='{MD5}'"),
        ("data.bin", {"extract": True}, ValueError, r"\[get_file\] .* must be an archive; got archive_format='auto'"),
    ],
)
def test_nothing_incomplete_is_kept(server, cache, address, options, error, message):
    get_file(address, f"{server}/data.bin", cache_dir=cache)
    with pytest.raises(error, match=message):
        get_file(address, f"{server}/{address}", cache_dir=cache, force_download=True, **options)
    assert os.listdir(cache / "datasets") == [address] and read(cache / "datasets" / address) == CONTENT


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, r"\[get_file\] origin must be an address that begins with http:, https:, ftp:, file:; got origin=None"),
        ({"origin": "data:text/plain,hello"}, r"origin must be an address"),
        ({"origin": "/etc/passwd"}, r"origin must be an address"),
        ({"origin": "http://localhost/"}, r"fname must be given for this origin; got origin='http://localhost/'"),
        ({"origin": "http://localhost/..%2Fa"}, r"fname must be given for this origin"),
        (
            {"origin": "file:///a", "fname": "a/b"},
            r"fname must be the name of a file, without folders; got",
        ),
        ({"origin": "file:///a", "fname": ".."}, r"fname must be the name of a file, without folders"),
        ({"origin": "file:///a", "hash_algorithm": "sha1"}, r"hash_algorithm must be one of"),
        ({"origin": "file:///a", "archive_format": "rar"}, r"archive_format must be one of 'tar', 'zip'"),
    ],
)
def test_refusals(cache, options, message):
    with pytest.raises(ValueError, match=message):
        get_file(cache_dir=cache, **options)
    assert not cache.exists() or not any(files for _, _, files in os.walk(cache))


# Archives

FILES = {"folder/one.txt": b"one", "folder/deep/two.bin": CONTENT, "three": b""}


def tar_member(name, content=b"", kind=tarfile.REGTYPE, link=""):
    member = tarfile.TarInfo(name)
    member.size, member.type, member.linkname = len(content), kind, link
    return member, content


def tar(path, members, mode="w:gz"):
    with tarfile.open(path, mode) as archive:
        for member, content in members:
            archive.addfile(member, io.BytesIO(content))


def make_zip(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def content_of(folder):
    return {
        os.path.relpath(os.path.join(where, name), folder): read(os.path.join(where, name))
        for where, _, names in os.walk(folder)
        for name in names
    }


@pytest.mark.parametrize("kind", ["w", "w:gz", "w:bz2", "w:xz", "zip"])
@pytest.mark.parametrize(
    ("options", "folder", "archive"),
    [
        ({"extract": True}, "source.bin", "source.bin_archive"),
        ({"extract": True, "fname": "mine"}, "mine", "mine_archive"),
        ({"extract": True, "fname": "mine.tar.gz"}, "mine_extracted", "mine.tar.gz"),
    ],
)
def test_archives(tmp_path, cache, kind, options, folder, archive):
    source = tmp_path / "source.bin"
    if kind == "zip":
        make_zip(source, FILES)
    else:
        tar(source, [tar_member(name, content) for name, content in FILES.items()], kind)
    for _ in range(2):
        path = get_file(origin=source.as_uri(), cache_dir=cache, **options)
        assert path == str(cache / "datasets" / folder) and content_of(path) == FILES
    assert sorted(os.listdir(cache / "datasets")) == sorted([folder, archive])


def test_a_new_archive_replaces_what_the_old_one_held(tmp_path, cache):
    source = tmp_path / "a.zip"
    make_zip(source, {"old": b"1"})
    get_file(origin=source.as_uri(), cache_dir=cache, extract=True)
    make_zip(source, {"new": b"2"})
    path = get_file(origin=source.as_uri(), cache_dir=cache, extract=True, force_download=True)
    assert content_of(path) == {"new": b"2"}


def test_untar_takes_tar_archives_only(tmp_path, cache):
    make_zip(tmp_path / "a.zip", FILES)
    with pytest.raises(ValueError, match="must be an archive"):
        get_file(origin=(tmp_path / "a.zip").as_uri(), cache_dir=cache, untar=True)
    tar(tmp_path / "a.tar", [tar_member("x", b"y")], "w")
    assert content_of(get_file(origin=(tmp_path / "a.tar").as_uri(), cache_dir=cache, untar=True)) == {"x": b"y"}


def test_links_become_copies(tmp_path, cache):
    members = [
        tar_member("d/file", b"content"),
        tar_member("d/soft", kind=tarfile.SYMTYPE, link="file"),
        tar_member("soft", kind=tarfile.SYMTYPE, link="d/soft"),
        tar_member("hard", kind=tarfile.LNKTYPE, link="d/file"),
        tar_member("folder", kind=tarfile.DIRTYPE),
    ]
    tar(tmp_path / "a.tar", members)
    path = get_file(origin=(tmp_path / "a.tar").as_uri(), cache_dir=cache, extract=True)
    assert content_of(path) == dict.fromkeys(["d/file", "d/soft", "soft", "hard"], b"content")
    assert not any(os.path.islink(os.path.join(path, name)) for name in ("soft", "hard", "d/soft"))
    assert os.path.isdir(os.path.join(path, "folder"))


BAD_NAMES = ["../out", "/tmp/out", "a/../../out", "..", "\\out", "..\\out", "C:\\out", "a/..\\..\\out"]
BAD_MEMBERS = [
    *([tar_member(name, b"x")] for name in BAD_NAMES),
    [tar_member("a", kind=tarfile.SYMTYPE, link="/etc/passwd")],
    [tar_member("a", kind=tarfile.SYMTYPE, link="../../out")],
    [tar_member("a", kind=tarfile.SYMTYPE, link="nothing")],
    [tar_member("a", kind=tarfile.SYMTYPE, link="a")],
    [tar_member("a", kind=tarfile.SYMTYPE, link="b"), tar_member("b", kind=tarfile.SYMTYPE, link="a")],
    [tar_member("a", kind=tarfile.LNKTYPE, link="/etc/passwd")],
    [tar_member("a", kind=tarfile.SYMTYPE, link="/tmp"), tar_member("a/out", b"x")],
    [tar_member("a", kind=tarfile.CHRTYPE)],
    [tar_member("a", kind=tarfile.BLKTYPE)],
    [tar_member("a", kind=tarfile.FIFOTYPE)],
]


@pytest.mark.parametrize("number", range(len(BAD_MEMBERS)))
def test_unsafe_tar_archives_are_refused(tmp_path, cache, number):
    tar(tmp_path / "a.tar", [tar_member("good", b"1"), *BAD_MEMBERS[number]])
    with pytest.raises(ValueError, match=r"\[get_file\] .*a.tar_archive must hold|links in .* must lead to one of its"):
        get_file(origin=(tmp_path / "a.tar").as_uri(), cache_dir=cache, extract=True)
    assert os.listdir(cache / "datasets") == ["a.tar_archive"]
    assert sorted(os.listdir(tmp_path)) == ["a.tar", "cache"]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_unsafe_zip_archives_are_refused(tmp_path, cache, name):
    make_zip(tmp_path / "a.zip", {"good": b"1", name: b"2"})
    with pytest.raises(ValueError, match=r"\[get_file\] .* must hold names below its own folder; got name="):
        get_file(origin=(tmp_path / "a.zip").as_uri(), cache_dir=cache, extract=True)
    assert os.listdir(cache / "datasets") == ["a.zip_archive"]


@pytest.mark.parametrize("kind", ["w:gz", "w:bz2", "w:xz", "zip"])
@pytest.mark.parametrize("place", [0.3, 0.6, 0.9])
def test_damaged_archives_are_refused(tmp_path, cache, kind, place):
    source = tmp_path / "a"
    if kind == "zip":
        make_zip(source, FILES)
    else:
        tar(source, [tar_member(name, content) for name, content in FILES.items()], kind)
    data = bytearray(source.read_bytes())
    at = int(place * len(data))
    data[at : at + 40] = bytes(40)
    source.write_bytes(data)
    try:
        assert content_of(get_file(origin=source.as_uri(), cache_dir=cache, extract=True)) == FILES
    except (ValueError, OSError):  # OSError is what gzip says
        assert os.listdir(cache / "datasets") == ["a_archive"]


def test_an_archive_larger_than_the_disk_is_refused(tmp_path, cache, monkeypatch):
    make_zip(tmp_path / "a.zip", FILES)
    monkeypatch.setattr("shutil.disk_usage", lambda path: types.SimpleNamespace(free=1000))
    with pytest.raises(ValueError, match=r"\[get_file\] .* must fit the 1000 bytes that are free; got bytes=256003"):
        get_file(origin=(tmp_path / "a.zip").as_uri(), cache_dir=cache, extract=True)
