"""Text as advisories have it: of all lengths, with the characters that formats must escape."""

from random import Random

_WORDS = """
a the of in to and an attacker remote local user may can could crafted packet request header buffer overflow heap stack
use-after-free read write out-of-bounds memory parser decoder handler kernel driver library function service daemon client
server session token certificate signature validation authentication privilege escalation denial of service information
disclosure injection traversal path file archive image font protocol TLS HTTP/2 DNS XML JSON <script> "quoted" 'single'
R&D naïve Größe ≤ version before after through allows leads causes results execute arbitrary code commands crash restart
when where which was is not properly checked sanitized freed initialized bounded default configuration affected systems
""".split()  # noqa: SIM905  a list literal has a line per word
_LONGEST = 4_000


def sentence(random: Random, words: int) -> str:
    return " ".join(random.choices(_WORDS, k=words)).capitalize() + "."


def paragraph(random: Random) -> str:
    """Half of them have less than 350 characters, one in a hundred has thousands."""
    length = min(int(random.lognormvariate(5.85, 0.9)), _LONGEST)
    text = " ".join(sentence(random, 6 + length % 13) for _ in range(1 + length // 90))
    return text[: max(length, 40)].rstrip() + "."
