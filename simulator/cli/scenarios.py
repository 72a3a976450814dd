"""`seawall scenarios`: what comes with Seawall, and every key of one of them."""

from typing import Annotated, Any

import typer


def scenarios(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A built-in scenario or a TOML file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the built-in scenarios, or show the keys and values of one."""
    from simulator.cli import output
    from simulator.scenario.load import builtin, load

    if name is None:
        known = [_headline(load(each.name)) for each in builtin()]
        if as_json:
            output.json({"scenarios": known})
        else:
            _list(known)
        return
    scenario = load(name)
    if as_json:
        output.json(scenario.model_dump(mode="json"))
    else:
        _detail(scenario)


def _headline(scenario) -> dict[str, Any]:
    population = scenario.agents.model_dump()
    return {
        "name": scenario.name,
        "title": scenario.title,
        "assets": [asset.symbol for asset in scenario.market.assets],
        "hours": scenario.chain.blocks * scenario.chain.block_seconds / 3600,
        "blocks": scenario.chain.blocks,
        "agents": sum(kind.get("count", 0) for kind in population.values()),
    }


def _list(known: list[dict[str, Any]]) -> None:
    from rich.table import Table

    from simulator.cli import output

    table = Table(box=None, pad_edge=False)
    for heading in ("scenario", "title", "assets"):
        table.add_column(heading)
    for heading in ("hours", "blocks", "agents"):
        table.add_column(heading, justify="right")
    for each in known:
        table.add_row(
            each["name"],
            each["title"],
            " ".join(each["assets"]),
            f"{each['hours']:,.0f}",
            f"{each['blocks']:,}",
            f"{each['agents']:,}",
        )
    output.console().print(table)
    output.line("\nrun one: seawall run NAME    its keys: seawall scenarios NAME")


def _detail(scenario) -> None:
    from rich.table import Table
    from rich.text import Text

    from simulator.cli import output

    console = output.console()
    console.print(Text(scenario.title or scenario.name, style="bold"))
    if scenario.description:
        console.print(Text(" ".join(scenario.description.split())))
    table = Table(box=None, pad_edge=False)
    table.add_column("key", no_wrap=True)
    table.add_column("value", overflow="fold")
    for key, value in leaves(scenario.model_dump(mode="json", exclude={"name", "title", "description"})):
        table.add_row(Text(key), Text(value))
    console.print(table)
    output.line("\noverride a key: seawall run " + scenario.name + " --set KEY=VALUE")


def leaves(tree: Any, prefix: str = "") -> list[tuple[str, str]]:
    """The keys of a scenario as `--set` takes them, with their values; long tables as their number of rows."""
    if isinstance(tree, dict):
        return [leaf for key, value in tree.items() for leaf in leaves(value, f"{prefix}.{key}" if prefix else key)]
    if isinstance(tree, list) and tree and isinstance(tree[0], dict):
        names = [value.get("symbol", row) for row, value in enumerate(tree)]
        return [leaf for name, value in zip(names, tree, strict=True) for leaf in leaves(value, f"{prefix}.{name}")]
    if isinstance(tree, list) and tree and isinstance(tree[0], list):
        return [(prefix, f"{len(tree)} rows")]
    return [(prefix, "not set" if tree is None else str(tree))]
