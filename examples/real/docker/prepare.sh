# Prints the version, and takes the document from the Debian package of the same source.
echo "Docker Engine $(dockerd --version | sed 's/^Docker version \([0-9.]*\).*/\1/')"
if [ "$(id -u)" != 0 ]; then
    echo "dockerd needs root"
    exit 69
fi
package=golang-github-docker-docker-dev
file=/usr/share/gocode/src/github.com/docker/docker/api/swagger.yaml
cp "$(sh -eu "$CHECKOUT/examples/real/debian-file.sh" $package $file)" .
