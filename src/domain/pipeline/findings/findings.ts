import { severities, type Facts, type Finding, type Found } from './finding.js';
import { checkpointFindings, jobFindings } from './job-findings.js';
import { lagFindings, pressureFindings } from './flow-findings.js';
import { letterFindings } from './letter-findings.js';
import { serviceFindings } from './service-findings.js';
import { watermarkFindings } from './watermark-findings.js';

const all: readonly Found[] = [
  serviceFindings,
  jobFindings,
  checkpointFindings,
  pressureFindings,
  lagFindings,
  watermarkFindings,
  letterFindings,
];

/** What is the matter, worst first; of the same weight, causes before their effects. */
export function findings(facts: Facts): Finding[] {
  const rank = (finding: Finding): number => severities.indexOf(finding.severity);
  return all.flatMap((find) => find(facts)).sort((a, b) => rank(a) - rank(b));
}
