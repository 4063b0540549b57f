"""Type tokens of Route 53's records and of what else answers for addresses at AWS. A test compares them with the SDK."""

EIP = "aws:ec2/eip:Eip"
ROUTE53_HEALTH_CHECK = "aws:route53/healthCheck:HealthCheck"
ROUTE53_RECORD = "aws:route53/record:Record"

ALL = (EIP, ROUTE53_HEALTH_CHECK, ROUTE53_RECORD)
"""All of the above."""
