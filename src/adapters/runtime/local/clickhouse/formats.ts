/** The Content-Type ClickHouse sends for a format (registerOutputFormat* in src/Processors/Formats/Impl). */
export function contentTypeOf(format: string): string {
  const name = format.toLowerCase().replace(/^tabseparated/, 'tsv');
  if (/^(json.*eachrow.*|ndjson|jsonlines)$/.test(name)) return 'application/x-ndjson; charset=UTF-8';
  if (name.startsWith('json')) return 'application/json; charset=UTF-8';
  if (name.startsWith('csv')) {
    return `text/csv; charset=UTF-8; header=${name.includes('withnames') ? 'present' : 'absent'}`;
  }
  if (name.startsWith('tsv') || name === 'raw') return 'text/tab-separated-values; charset=UTF-8';
  if (name === 'xml') return 'application/xml; charset=UTF-8';
  if (name === 'parquet' || name === 'orc' || name.startsWith('arrow')) return 'application/octet-stream';
  if (/^(native|rowbinary.*|avro|protobuf.*|msgpack|bsoneachrow|npy|capnproto)$/.test(name)) {
    return 'application/octet-stream';
  }
  return 'text/plain; charset=UTF-8';
}

/** How many bytes at the end of a result may hold the statistics of the JSON formats. */
export const statisticsTailBytes = 512;

/**
 * Rows and bytes read, from the `statistics` at the end of a JSON result: chdb tells them nowhere else.
 */
export function readStatistics(format: string, tail: string): { rows: number; bytes: number } | undefined {
  if (!format.toLowerCase().startsWith('json')) return undefined;
  const found = /"statistics":\s*\{[^{}]*"rows_read":\s*(\d+),\s*"bytes_read":\s*(\d+)\s*\}\s*\}\s*$/.exec(
    tail,
  );
  return found ? { rows: Number(found[1]), bytes: Number(found[2]) } : undefined;
}
