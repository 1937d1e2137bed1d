"""What is counted of the service, in every process of it, and added up in one place."""

from cluster.metering.meter import Meter, Readings, process_meter

__all__ = ["Meter", "Readings", "process_meter"]
