const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * What a raw record has to do with an event: it is one of it, or it has no readable id of its own and mentions the event's
 * somewhere. Undefined: nothing.
 */
export function relationTo(eventId: string, value: Uint8Array): 'is' | 'mentions' | undefined {
  const text = utf8.decode(value);
  const own = ownId(text);
  if (own !== undefined) return own === eventId ? 'is' : undefined;
  return text.includes(eventId) ? 'mentions' : undefined;
}

function ownId(text: string): string | undefined {
  try {
    const fields: unknown = JSON.parse(text);
    if (typeof fields !== 'object' || fields === null || !('event_id' in fields)) return undefined;
    return typeof fields.event_id === 'string' ? fields.event_id : undefined;
  } catch {
    return undefined;
  }
}
