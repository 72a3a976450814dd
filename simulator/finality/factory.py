"""From the scenario's [finality] section to its model."""

from simulator.errors import ScenarioError
from simulator.finality.instant_bft import InstantBftFinality
from simulator.finality.no_finality import NoFinality
from simulator.finality.optimistic_rollup import OptimisticRollupFinality
from simulator.finality.proof_of_stake import ProofOfStakeFinality
from simulator.finality.proof_of_work import ProofOfWorkFinality
from simulator.finality.protocol import FinalityModel
from simulator.scenario.finality import Finality, InstantBft, OptimisticRollup, ProofOfStake, ProofOfWork, Unsettled


def finality_model(section: Finality) -> FinalityModel:
    """The model that a scenario asks for.

    Raises
    ------
    ScenarioError
        If an attacker is so near half of the hash rate that no number of confirmations is enough.
    """
    match section:
        case ProofOfStake():
            return ProofOfStakeFinality(section.slots_per_epoch, section.first_slot, section.by_epoch)
        case ProofOfWork():
            return _proof_of_work(section)
        case OptimisticRollup():
            return OptimisticRollupFinality(
                section.blocks_per_slot,
                section.batch_slots,
                section.challenge_slots,
                section.slots_per_epoch,
                section.first_slot,
            )
        case InstantBft():
            return InstantBftFinality(section.delay_blocks)
        case Unsettled():
            return NoFinality()


def _proof_of_work(section: ProofOfWork) -> ProofOfWorkFinality:
    try:
        return ProofOfWorkFinality(section.attacker_share, section.safe_probability, section.final_probability)
    except ValueError as error:
        raise ScenarioError(f"finality.attacker_share: {error}") from None
