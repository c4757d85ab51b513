"""Builds the wheel of this folder for pip (PEP 517, 660), with nothing but the standard library."""
import base64
import hashlib
import io
import os
import tarfile
import zipfile

NAME, VERSION, REQUIRES_PYTHON = "local_tracker", "0.1.0", ">=3.8"
CLIENT = "local_tracker_client"
METADATA = """Metadata-Version: 2.1
Name: local-tracker
Version: %s
Summary: Writes events of load tests and programs into the log of Local Tracker
Requires-Python: %s
Provides-Extra: zstd
Requires-Dist: zstandard<1,>=0.22; extra == "zstd"
""" % (VERSION, REQUIRES_PYTHON)
WHEEL = "Wheel-Version: 1.0\nGenerator: build_backend\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
ENTRY_POINTS = "[pytest11]\nlocal_tracker = local_tracker.pytest_plugin\n"
#: So that equal sources make equal files: the first time that a zip can hold.
STAMP = (1980, 1, 1, 0, 0, 0)
HERE = os.path.dirname(os.path.abspath(__file__))


def sources():
    """Path in the wheel: path here. A file alone has types only by a package of stubs (PEP 561)."""
    found = {CLIENT + ".py": CLIENT + ".py", CLIENT + "-stubs/__init__.pyi": CLIENT + ".pyi"}
    for name in sorted(os.listdir(os.path.join(HERE, NAME))):
        if name.endswith((".py", ".typed")):
            found["%s/%s" % (NAME, name)] = "%s/%s" % (NAME, name)
    return found


def content_of(path):
    with open(os.path.join(HERE, path), "rb") as file:
        return file.read()


def write_wheel(folder, files):
    """Files of the wheel by their path in it; returns the wheel's name."""
    about = "%s-%s.dist-info/" % (NAME, VERSION)
    files = dict(files)
    files.update({about + "METADATA": METADATA.encode(), about + "WHEEL": WHEEL.encode(),
                  about + "entry_points.txt": ENTRY_POINTS.encode()})
    record = ""
    for path, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record += "%s,sha256=%s,%d\n" % (path, digest, len(content))
    files[about + "RECORD"] = (record + about + "RECORD,,\n").encode()
    name = "%s-%s-py3-none-any.whl" % (NAME, VERSION)
    with zipfile.ZipFile(os.path.join(folder, name), "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path, STAMP)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, content)
    return name


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    return write_wheel(wheel_directory, {path: content_of(here) for path, here in sources().items()})


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    """A wheel that says where this folder is: what is edited here counts at once."""
    return write_wheel(wheel_directory, {NAME + ".pth": (HERE + "\n").encode()})


def build_sdist(sdist_directory, config_settings=None):
    root = "%s-%s" % (NAME, VERSION)
    files = {path: content_of(path) for path in
             [*sources().values(), "build_backend.py", "pyproject.toml", "README.md"]}
    files["PKG-INFO"] = METADATA.encode()
    name = root + ".tar.gz"
    with tarfile.open(os.path.join(sdist_directory, name), "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for path, content in files.items():
            entry = tarfile.TarInfo("%s/%s" % (root, path))
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return name
