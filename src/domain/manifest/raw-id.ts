const utf8 = new TextDecoder();

/** The id of a record that is not valid, as far as it can be read; undefined when it cannot. */
export function foundId(value: Uint8Array | null): string | undefined {
  if (value === null) return undefined;
  try {
    const fields: unknown = JSON.parse(utf8.decode(value));
    if (typeof fields !== 'object' || fields === null || !('event_id' in fields)) return undefined;
    return typeof fields.event_id === 'string' ? fields.event_id : undefined;
  } catch {
    return undefined;
  }
}
