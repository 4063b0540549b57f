"""Compliance frameworks that rules name controls of."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Framework:
    """One published set of controls."""

    name: str
    """Title."""
    version: str
    """Edition that the control numbers belong to; empty where there are no editions."""
    reference: str
    """Where it is published."""


FRAMEWORKS = {
    "cis-aws-7.0": Framework(
        "CIS Amazon Web Services Foundations Benchmark", "7.0.0", "https://www.cisecurity.org/benchmark/amazon_web_services"
    ),
    "cis-eks-1.4": Framework("CIS Amazon EKS Benchmark", "1.4.0", "https://www.cisecurity.org/benchmark/kubernetes"),
    "cis-kubernetes-2.0": Framework("CIS Kubernetes Benchmark", "2.0.1", "https://www.cisecurity.org/benchmark/kubernetes"),
    "fsbp": Framework(
        "AWS Foundational Security Best Practices", "1.0.0", "https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html"
    ),
    "gdpr": Framework("General Data Protection Regulation, (EU) 2016/679", "", "https://eur-lex.europa.eu/eli/reg/2016/679/oj"),
    "nsa": Framework(
        "NSA and CISA Kubernetes Hardening Guidance, controls as Trivy numbers them",
        "1.2",
        "https://media.defense.gov/2022/Aug/29/2003066362/-1/-1/0/CTR_KUBERNETES_HARDENING_GUIDANCE_1.2_20220829.PDF",
    ),
    "pci-dss-4.0": Framework("PCI DSS", "4.0", "https://www.pcisecuritystandards.org/document_library/"),
    "hipaa": Framework("HIPAA Security Rule, 45 CFR", "", "https://www.ecfr.gov/current/title-45/subtitle-A/subchapter-C/part-164"),
    "soc2": Framework(
        "SOC 2 Trust Services Criteria",
        "2017",
        "https://www.aicpa-cima.com/resources/download/2017-trust-services-criteria-with-revised-points-of-focus-2022",
    ),
}
"""Prefix of a control -> its framework: `fsbp:KMS.4` is control KMS.4 of `FRAMEWORKS["fsbp"]`."""


def framework_of(control: str) -> tuple[Framework, str]:
    """The framework of a control, and the control's number within it."""
    prefix, _, number = control.partition(":")
    return FRAMEWORKS[prefix], number
