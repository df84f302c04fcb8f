import { z } from 'zod';
import { eventSchemas } from './events.js';

/**
 * The JSON Schema of every shape of an event, by its file in `templates/schemas`. The files are written by
 * `scripts/generate-schemas.mjs`; a test fails when they differ from the zod schemas.
 */
export function jsonSchemaFiles(): { name: string; document: object }[] {
  return Object.entries(eventSchemas).map(([shape, schema]) => {
    // What a producer may send: further fields are allowed, since nobody looks at them.
    const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
    return { name: `${shape}.schema.json`, document: { $schema, title: `Raw event, ${shape}`, ...rest } };
  });
}
