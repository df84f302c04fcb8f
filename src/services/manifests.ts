import type { ManifestChunk } from '../adapters/files/manifest-lines.js';
import type { PartitionOffsets, TopicReader } from '../adapters/kafka/reader.js';
import { ManifestCheck } from '../domain/manifest/check.js';
import { Manifest } from '../domain/manifest/manifest.js';
import type { Report } from '../domain/progress.js';
import { topics } from '../domain/topics.js';
import { StreamlabError } from '../errors.js';

/** A manifest that can be read. */
export interface ManifestSource {
  /** As the person named it. */
  file: string;
  lines: () => AsyncIterable<ManifestChunk>;
}

/**
 * Reads manifests, one after the other. Undefined when there is none.
 * @throws StreamlabError INVALID_FILE
 */
export async function readManifests(
  sources: readonly ManifestSource[],
  { report, signal }: { report: Report; signal: AbortSignal },
): Promise<Manifest | undefined> {
  if (sources.length === 0) return undefined;
  const manifest = new Manifest();
  for (const { file, lines } of sources) {
    const step = { type: 'step', id: `manifest ${file}`, title: `Reading manifest ${file}` } as const;
    const begun = manifest.beginFile(file);
    for await (const { entries, fraction, truncatedLine } of lines()) {
      signal.throwIfAborted();
      for (const entry of entries) manifest.add(entry);
      report({ ...step, state: 'running', fraction });
      if (truncatedLine === undefined) continue;
      begun.truncated = true;
      report({
        type: 'message',
        text: `Warning: ${file} breaks off in line ${String(truncatedLine)}, as if produce had been killed; that line is left out.`,
      });
    }
    report({ ...step, state: 'done', detail: String(begun.entries) });
  }
  return manifest;
}

/** The ends of the audit topic; undefined when the lab has none. */
export async function auditOffsets(
  reader: Pick<TopicReader, 'offsets'>,
): Promise<readonly PartitionOffsets[] | undefined> {
  try {
    return await reader.offsets(topics.verdicts);
  } catch (error) {
    if (error instanceof StreamlabError && error.code === 'TOPIC_MISSING') return undefined;
    throw error;
  }
}

/** The check of a manifest against one snapshot of the raw topic. */
export function startCheck(
  manifest: Manifest | undefined,
  raw: readonly PartitionOffsets[],
  auditIsOn: boolean,
): ManifestCheck | undefined {
  if (manifest === undefined) return undefined;
  const ends = new Map(raw.map(({ partition, lastStable }) => [partition, lastStable]));
  return new ManifestCheck(manifest, { ends, auditIsOn });
}
