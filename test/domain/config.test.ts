import { describe, expect, test } from 'vitest';
import {
  configKeys,
  flagOf,
  resolveConfig,
  valuesFromEnvironment,
  variableOf,
} from '../../src/domain/config.js';
import type { StreamlabError } from '../../src/errors.js';

describe('configuration', () => {
  test('flags win over variables, variables over the file, the file over defaults', () => {
    const config = resolveConfig({
      file: {
        path: 'streamlab.yaml',
        values: { watermarkDelay: '1s', allowedLateness: '1s', idleTimeout: '1s' },
      },
      environment: { allowedLateness: '2s', idleTimeout: '2s' },
      flags: { idleTimeout: '3s', rawPartitions: undefined },
    });
    expect(config).toMatchObject({
      watermarkDelay: 1000,
      allowedLateness: 2000,
      idleTimeout: 3000,
      rawPartitions: 4,
    });
  });

  test('the same name is key, variable and flag', () => {
    expect(variableOf('watermarkDelay')).toBe('STREAMLAB_WATERMARK_DELAY');
    expect(flagOf('sqlGatewayPort')).toBe('--sql-gateway-port');
    expect(valuesFromEnvironment({ STREAMLAB_PARALLELISM: '3', STREAMLAB_LAB: '', OTHER: 'x' })).toEqual({
      parallelism: '3',
    });
    expect(new Set(configKeys.map(variableOf)).size).toBe(configKeys.length);
  });

  test.each([
    [{ flags: { watermarkDelay: 'soon' } }, /--watermark-delay "soon": not a duration.*500ms, 5s, 2m or 1h/],
    [{ environment: { guarantee: 'maybe' } }, /STREAMLAB_GUARANTEE=maybe: .*exactly-once/],
    [{ file: { path: 'lab.yaml', values: { watermarkdelay: '5s' } } }, /watermarkdelay in lab.yaml/],
    [{ file: { path: 'lab.yaml', values: { parallelism: 0 } } }, /parallelism in lab.yaml/],
    [{ flags: { lab: 'My Lab' } }, /--lab "My Lab": a lab name has/],
  ])('what is wrong is named with where it was given: %j', (sources, message) => {
    const resolve = () => resolveConfig({ environment: {}, flags: {}, ...sources });
    expect(resolve).toThrow(message);
    expect(resolve).toThrow(expect.objectContaining({ exitCode: 2 }) as StreamlabError);
  });
});
