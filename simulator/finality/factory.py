"""From the scenario's [finality] section to its model."""

from simulator.finality.proof_of_stake import ProofOfStakeFinality
from simulator.finality.proof_of_work import ProofOfWorkFinality
from simulator.finality.protocol import FinalityModel
from simulator.scenario.finality import Finality, ProofOfWork


def finality_model(section: Finality) -> FinalityModel:
    """The model that a scenario asks for."""
    if isinstance(section, ProofOfWork):
        return ProofOfWorkFinality(section.attacker_share, section.safe_probability, section.final_probability)
    return ProofOfStakeFinality(section.slots_per_epoch, section.first_slot)
