"""The command line as a user meets it: what it prints, what it refuses, how it exits."""

import json
import os
import socket
import subprocess
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from command_line import COMMAND, one_line_error, seawall

import simulator


def test_version():
    assert seawall("--version").stdout == f"seawall {simulator.__version__}\n"


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)], ids=["nothing", "--help", "-h"])
def test_help_lists_every_command(arguments):
    done = seawall(*arguments)
    assert done.returncode == 0
    for command in ("run", "replay", "report", "scenarios", "doctor"):
        assert command in done.stdout


def test_an_unsupported_python_is_told_so_before_anything_is_imported():
    script = "import sys; from simulator import cli; cli.SUPPORTED = ((3, 9),); sys.argv = ['seawall']; cli.main()"
    done = subprocess.run([COMMAND[0], "-c", script], capture_output=True, text=True)
    assert done.returncode == 2
    assert "create the environment with Python 3.11 or 3.12" in one_line_error(done)


def test_help_does_not_load_what_only_a_simulation_needs():
    script = "import sys; import simulator.cli.application; print(*sys.modules)"
    loaded = subprocess.run([COMMAND[0], "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "pandas", "pyarrow", "mesa", "web3", "plotly", "pydantic"} & set(loaded)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rn",), "no such command 'rn'; did you mean 'run'? see: seawall --help"),
        (("run",), "name a SCENARIO, or a run to finish with --resume"),
        (("run", "quiet", "--sed", "3"), "no such option: --sed; did you mean --seed? see: seawall run --help"),
        (("run", "quiet", "--seed", "x"), "invalid value for '--seed'"),
        (("run", "quiet", "--seed", "-1"), "invalid value for '--seed'"),
        (("run", "quiet", "--blocks", "0"), "invalid value for '--blocks'"),
        (("run", "quiet", "--prices", "ETH"), "--prices 'ETH' is not of the form ASSET=FILE"),
        (("run", "quiet", "--set", "chain.blocks"), "override 'chain.blocks' is not of the form dotted.key=value"),
        (("run", "quite"), "unknown scenario 'quite'; did you mean 'quiet'?"),
        (("run", "nowhere.toml"), "nowhere.toml: no such scenario file"),
        (("run", "quiet", "--set", "chain.block=3"), "chain.block: unknown key 'block'; did you mean 'blocks'?"),
        (("run", "quiet", "--set", "agents.hedgers.count=3"), "unknown agent 'hedgers'; did you mean 'hedger'?"),
        (("run", "quiet", "--set", "protocol.rule=span"), "unknown rule 'span'"),
        (("run", "quiet", "--set", "agents.hedger.count=many"), "agents.hedger.count"),
        (("run", "quiet", "--set", "agents.hedger.count=-1"), "agents.hedger.count"),
        (("run", "quiet", "--set", "market.assets.ETH.path.process=levy"), "unknown process 'levy'"),
        (("scenarios", "quite"), "unknown scenario 'quite'; did you mean 'quiet'?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_bad_usage_and_bad_scenarios_exit_with_2(arguments, said, tmp_path):
    done = seawall(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert said in one_line_error(done)
    assert not list(tmp_path.iterdir())


def test_malformed_toml_names_file_and_line(tmp_path):
    (tmp_path / "mine.toml").write_text('name = "mine"\n[market\n')
    done = seawall("run", "mine.toml", folder=tmp_path)
    assert done.returncode == 2
    assert "mine.toml, line 2: malformed TOML" in one_line_error(done)


HEADER = "timestamp_utc,open,high,low,close\n"
ROWS = [f"2024-01-{day:02}T00:00:00Z,100,110,90,105\n" for day in (15, 16, 17)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (HEADER.replace("low,", "") + ROWS[0], "low"),
        (HEADER + ROWS[0].replace("110", "nan") + ROWS[1], "high"),
        (HEADER + ROWS[0].replace("90", "-90") + ROWS[1], "low"),
        (HEADER + ROWS[1] + ROWS[0] + ROWS[2], "line 3"),
        (HEADER + ROWS[0] + ROWS[0] + ROWS[1], "line 3"),
        (HEADER + ROWS[0].replace("110", "80") + ROWS[1], "line 2"),
    ],
    ids=["column missing", "NaN", "negative", "unsorted", "duplicate", "high below low"],
)
def test_bad_prices_exit_with_3_and_name_the_place(content, said, tmp_path):
    (tmp_path / "prices.csv").write_text(content)
    done = seawall("run", "quiet", "--prices", "ETH=prices.csv", folder=tmp_path)
    assert done.returncode == 3
    error = one_line_error(done)
    assert "prices.csv" in error and said in error


def test_a_price_file_that_does_not_exist_exits_with_3(tmp_path):
    done = seawall("run", "quiet", "--prices", "ETH=gone.csv", folder=tmp_path)
    assert done.returncode == 3
    assert "gone.csv" in one_line_error(done)


def test_an_unknown_chain_exits_with_4(tmp_path):
    done = seawall("run", "quiet", "--chain", "ganache", "--quiet", folder=tmp_path)
    assert done.returncode == 4
    assert "ganache" in one_line_error(done)


def test_a_node_that_does_not_answer_exits_with_4(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    done = seawall("run", "quiet", "--chain", url, "--quiet", folder=tmp_path)
    assert done.returncode == 4
    assert url in one_line_error(done)


class _Mainnet(BaseHTTPRequestHandler):
    """A node of a live network: whatever it is asked, its chain id is 1."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        requests = asked if isinstance(asked, list) else [asked]
        answers = [{"jsonrpc": "2.0", "id": request["id"], "result": "0x1"} for request in requests]
        body = json.dumps(answers if isinstance(asked, list) else answers[0]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def test_a_node_of_a_live_network_is_refused(tmp_path):
    server = HTTPServer(("127.0.0.1", 0), _Mainnet)
    Thread(target=server.serve_forever, daemon=True).start()
    done = seawall("run", "quiet", "--chain", f"http://127.0.0.1:{server.server_port}", "--quiet", folder=tmp_path)
    server.shutdown()
    assert done.returncode == 4
    assert "is on chain 1, expected 31337" in one_line_error(done)


@pytest.mark.parametrize("command", [["report", "gone"], ["report", "."]])
def test_a_folder_that_is_no_run_exits_with_3(command, tmp_path):
    done = seawall(*command, folder=tmp_path)
    assert done.returncode == 3
    assert "seawall run" in one_line_error(done)


def test_debug_adds_the_traceback_before_and_after_the_command(tmp_path):
    for arguments in (("--debug", "report", "gone"), ("report", "gone", "--debug")):
        done = seawall(*arguments, folder=tmp_path)
        assert done.returncode == 3
        assert "Traceback" in done.stderr and done.stderr.splitlines()[-1].startswith("seawall: error: ")


def test_errors_stay_off_standard_output_with_json():
    assert one_line_error(seawall("scenarios", "quite", "--json"))


def test_scenarios_lists_what_is_built_in():
    listed = json.loads(seawall("scenarios", "--json").stdout)["scenarios"]
    assert {"quiet", "black-thursday"} <= {each["name"] for each in listed}
    assert all(each["title"] and each["blocks"] and each["agents"] for each in listed)
    shown = seawall("scenarios").stdout
    assert all(each["name"] in shown for each in listed)


def test_every_key_that_a_scenario_shows_can_be_set():
    """The keys are those of --set: setting each to the value shown changes nothing."""
    from simulator.cli.scenarios import leaves
    from simulator.scenario.load import load

    scenario = load("quiet")
    keys = [
        f"{key}={value}"
        for key, value in leaves(scenario.model_dump(mode="json"))
        if value != "not set" and not value.endswith(" rows") and key not in ("title", "description")
    ]
    assert len(keys) > 100
    assert load("quiet", keys) == scenario


def test_a_scenario_as_json_is_complete():
    shown = json.loads(seawall("scenarios", "quiet", "--json").stdout)
    assert shown["chain"]["blocks"] == 300 and shown["agents"]["hedger"]["count"] == 4


def test_a_reader_that_leaves_is_no_error():
    shell = f"{COMMAND[0]} -m simulator.cli scenarios quiet | head -n 1"
    done = subprocess.run(shell, shell=True, capture_output=True, text=True, env=dict(os.environ))
    assert done.stdout.strip() == "A quiet hour"
    assert done.stderr == ""


def test_doctor_runs_what_it_reports():
    done = seawall("doctor", "--json")
    found = json.loads(done.stdout)
    checks = {each["name"]: each for each in found["checks"]}
    assert checks["EVM"]["works"] and "2 + 40 = 42" in checks["EVM"]["detail"]
    assert found["works"] == all(each["works"] for each in checks.values() if each["core"])
    assert done.returncode == (0 if found["works"] else 1)
    assert all(each["remedy"] for each in checks.values() if not each["works"])
    assert checks["anvil"]["detail"] == "not found" or "mined block 1" in checks["anvil"]["detail"]


def test_doctor_says_how_to_get_what_is_missing(tmp_path):
    done = seawall("doctor", folder=tmp_path, PATH=str(tmp_path))
    assert done.returncode == 0
    assert "apt-get install chromium" in done.stdout and "apt-get install npm" in done.stdout
