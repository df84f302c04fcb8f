/**
 * The id of a replay: when it began, in UTC, and four hexadecimal digits, for two may begin within a second. It has no
 * slash: the job deduplicates by event id, slash, replay id.
 * @param random 0 to 65535
 */
export function newReplayId(nowMs: number, random: number): string {
  const utc = new Date(nowMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:]/g, '');
  return `r-${utc}-${random.toString(16).padStart(4, '0')}`;
}
