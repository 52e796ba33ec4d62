# Prints the path of a file of a Debian package: debian-file.sh PACKAGE FILE
# Images of containers leave /usr/share/doc out, and some packages are only read: those are unpacked to $CACHE.
if [ -e "$2" ]; then
    echo "$2"
    exit
fi
if [ ! -e "$CACHE/$1$2" ]; then
    mkdir -p "$CACHE/$1"
    (cd "$CACHE/$1" && apt-get -qq download "$1" 2>/dev/null && dpkg-deb -x "$1"_*.deb .)
fi
echo "$CACHE/$1$2"
