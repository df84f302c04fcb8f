import { z } from 'zod';
import type { HttpAccess } from '../../domain/connections.js';
import { request } from './http.js';

const infoAnswer = z.object({ productName: z.string(), version: z.string() });

/**
 * What the SQL Gateway says of itself.
 * @throws StreamlabError SERVICE_UNREACHABLE, TIMED_OUT
 */
export async function gatewayInfo(gatewayUrl: string, access?: HttpAccess): Promise<{ version: string }> {
  return request(
    { service: 'the SQL Gateway', url: `${gatewayUrl}/v3`, access },
    { method: 'GET', path: '/info', answer: infoAnswer },
  );
}
