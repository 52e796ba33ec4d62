#!/bin/sh
# Does with a built wheel what a new user does: from_wheel.sh WHEEL VERSIONS FOLDER
#
# WHEEL is installed with pytest and the extra `mcp` into a new environment in FOLDER, at the versions of the lock VERSIONS (not by
# its hashes: pip wants the whole lock then). Then: the demo, its result as metrics, the pytest plugin and a client of the MCP server. The first step that
# fails ends it. PYTHON may name the interpreter.
set -eu
wheel=$1 versions=$2 folder=$3
mkdir -p "$folder"
cd "$folder"
say() { printf 'from_wheel: %s\n' "$*"; }

"${PYTHON:-python3}" -I -m venv venv
bin=$PWD/venv/bin
sed -e '/--hash=/d' -e 's/ *\\$//' "$versions" >versions.txt
"$bin/python" -I -m pip install --quiet --disable-pip-version-check --only-binary :all: \
    --constraint versions.txt "specdrift[mcp] @ file://$wheel" pytest
"$bin/python" -I -m pip check
say "installed $("$bin/specdrift" --version)"

"$bin/specdrift" demo --quiet --output demo >demo.txt
say "the demo found what it planted"

"$bin/specdrift" report demo/result.json -o demo.prom
grep -q '^specdrift_operations{.*verdict="drift"' demo.prom
if command -v promtool >/dev/null; then
    promtool check metrics <demo.prom
    say "promtool accepts the metrics"
else
    say "promtool is not here: metrics were written and not checked"
fi

"$bin/specdrift" demo --keep --output kept >kept.txt 2>kept.log &
server=$!
trap 'kill "$server"' EXIT
until grep -q '^ *cd ' kept.log; do
    kill -0 "$server"
    sleep 0.2
done
live=$(sed -n 's/^ *cd //p' kept.log)
cat >test_api.py <<TEST
import pytest


@pytest.mark.specdrift(config="$live/specdrift.toml")
def test_client_certificates(specdrift_case):
    specdrift_case.verify()
TEST
# Status 1: tests failed, as they must. Anything else is a mistake of the plugin.
status=0
"$bin/python" -m pytest -q -rA -p no:cacheprovider test_api.py >pytest.log || status=$?
test "$status" = 1
grep -q '^PASSED .*GET /accounts is refused without a certificate' pytest.log
grep -q '^FAILED .*GET /transfers is refused without a certificate' pytest.log
say "the pytest plugin: $(tail -n 1 pytest.log)"

cat >client.py <<CLIENT
import anyio
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main() -> None:
    server = StdioServerParameters(command="$bin/specdrift", args=["mcp", "--config", "$live/specdrift.toml"])
    async with stdio_client(server) as streams, ClientSession(*streams) as session:
        await session.initialize()
        tools = {tool.name for tool in (await session.list_tools()).tools}
        assert "check" not in tools and {"lint", "plan", "explain"} <= tools, tools
        answer = await session.call_tool("lint", {})
        print(answer.content[0].text[:60].replace("\n", " "))


anyio.run(main)
CLIENT
"$bin/python" client.py
say "a client of the MCP server linted the document"
say "done"
