import { tooLate } from '../../dlq/contract.js';
import { count, type Facts, type Finding } from './finding.js';

/** What is lost until somebody replays it. */
export function letterFindings({ letters }: Facts): Finding[] {
  const { outstanding, total, byReason } = letters;
  if (outstanding === null || outstanding === 0 || total === null) return [];
  const late = byReason.find(({ reason }) => reason === tooLate)?.total ?? 0;
  const parts = [
    ...(late > 0 ? [`${count(late)} too late`] : []),
    ...(total > late ? [`${count(total - late)} invalid`] : []),
  ];
  const of = outstanding === total ? parts.join(', ') : `of ${count(total)}: ${parts.join(', ')}`;
  const sentence = `${count(outstanding)} dead letters are counted nowhere (${of}). Look with: streamlab dlq stats; send them again with: streamlab dlq replay`;
  return [{ severity: 'note', code: 'letters_outstanding', sentence }];
}
