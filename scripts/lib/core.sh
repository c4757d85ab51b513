# Sourced by scripts/fuzz and scripts/test, after setup.sh: the package of Fuzz/Package.swift, which
# holds the log, the index and their tests alone, in a folder of its own.

# core_package FOLDER: makes it, of links to the sources; what was built in it before stays.
core_package() {
    mkdir -p "$1"
    local name
    for name in Sources Tests Plugins Fuzz docs clients; do ln -sfn "$root/$name" "$1/$name"; done
    cmp -s "$root/Fuzz/Package.swift" "$1/Package.swift" || cp "$root/Fuzz/Package.swift" "$1/Package.swift"
    # The plan of an earlier build: behind a link, SwiftPM does not notice new files.
    rm -f "$1"/.build/*.yaml
}
