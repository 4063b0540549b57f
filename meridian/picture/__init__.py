"""Pictures of a Plan: what is drawn (model, region, edge, dependencies), and in which notation (svg, mermaid, dot)."""
