import { Command, Flags, type Interfaces } from '@oclif/core';
import { configKeys, type Config, type ConfigValues } from './domain/config.js';
import { ExitCode, reasonOf, StreamlabError } from './errors.js';
import { printableJson } from './domain/printable.js';
import { Output, renderError } from './output.js';
import { loadConfig } from './wiring/config.js';

/** What an interrupted command may take to end cleanly. */
const cleanUpBoundMs = 20_000;

export type FlagsOf<T extends typeof Command> = Interfaces.InferredFlags<
  (typeof LabCommand)['baseFlags'] & T['flags']
>;

/**
 * What every command shares: the lab's configuration, output, one interrupt signal and one way to show errors.
 * Subclasses parse with `this.setUp(Class)`, call a service, and return the value that `--json` prints.
 */
export abstract class LabCommand extends Command {
  static override enableJsonFlag = true;
  static override baseFlags = {
    lab: Flags.string({
      summary: 'Name of the lab (default: default)',
      helpGroup: 'GLOBAL',
      helpValue: 'NAME',
    }),
    config: Flags.string({
      summary: 'Configuration file (default: ./streamlab.yaml, if there is one)',
      helpGroup: 'GLOBAL',
      helpValue: 'FILE',
    }),
    quiet: Flags.boolean({
      char: 'q',
      summary: 'No progress, only results and errors',
      helpGroup: 'GLOBAL',
      default: false,
    }),
  };

  private readonly interrupter = new AbortController();
  private shown: Output | undefined;

  /** Aborted by the first Ctrl-C or SIGTERM; a second one ends the process at once. */
  protected get interrupt(): AbortSignal {
    return this.interrupter.signal;
  }

  protected get out(): Output {
    return (this.shown ??= new Output({
      json: this.jsonEnabled(),
      quiet: this.argv.includes('--quiet') || this.argv.includes('-q'),
    }));
  }

  /** Parses flags and resolves the configuration from file, variables and those flags that are settings. */
  protected async setUp<T extends typeof Command>(
    command: T,
  ): Promise<{ flags: FlagsOf<T>; args: Interfaces.InferredArgs<T['args']>; config: Config }> {
    this.watchSignals();
    const { flags, args } = await this.parse(command);
    const given = flags as Record<string, string | number | boolean | undefined>;
    const values: ConfigValues = Object.fromEntries(configKeys.map((key) => [key, given[kebab(key)]]));
    const config = await loadConfig({ file: given.config as string | undefined, flags: values });
    return { flags: flags as FlagsOf<T>, args: args as Interfaces.InferredArgs<T['args']>, config };
  }

  /**
   * Asks before something is destroyed.
   * @throws StreamlabError NEEDS_CONFIRMATION where nobody can be asked, INTERRUPTED when the answer is no
   */
  protected async confirm(question: string, yes: boolean): Promise<void> {
    if (yes) return;
    if (!process.stdin.isTTY || !process.stderr.isTTY) {
      throw new StreamlabError('NEEDS_CONFIRMATION', `${question} Nobody is there to answer.`, {
        suggestions: ['Say yes beforehand with --yes.'],
      });
    }
    const { createInterface } = await import('node:readline/promises');
    const prompt = createInterface({ input: process.stdin, output: process.stderr });
    const answer = await prompt.question(`${question} [y/N] `, { signal: this.interrupt }).finally(() => {
      prompt.close();
    });
    if (!/^y(es)?$/i.test(answer.trim())) throw new StreamlabError('INTERRUPTED', 'Nothing was changed.');
  }

  private watchSignals(): void {
    const onSignal = (): void => {
      if (this.interrupter.signal.aborted) process.exit(ExitCode.interrupted);
      this.interrupter.abort(new StreamlabError('INTERRUPTED', 'Interrupted.'));
      setTimeout(() => process.exit(ExitCode.interrupted), cleanUpBoundMs).unref();
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  }

  protected override async catch(thrown: Error): Promise<void> {
    this.shown?.stop();
    const error = this.asStreamlabError(thrown);
    if (error === undefined) {
      await super.catch(thrown);
      return;
    }
    process.exitCode = error.exitCode;
    if (this.jsonEnabled()) this.logJson(this.toErrorJson(error));
    else process.stderr.write(`${renderError(error)}\n`);
  }

  /** What oclif says of flags and arguments is a usage error; an abort by Ctrl-C is the interruption itself. */
  private asStreamlabError(thrown: Error): StreamlabError | undefined {
    if (thrown instanceof StreamlabError) return thrown;
    if (this.interrupter.signal.aborted) return new StreamlabError('INTERRUPTED', 'Interrupted.');
    if ('parse' in thrown) {
      const sentence = thrown.message.replace(/\n?See more help with --help/, '');
      return new StreamlabError('INVALID_USAGE', sentence, {
        suggestions: [`See: streamlab ${this.id?.replaceAll(':', ' ') ?? ''} --help`],
      });
    }
    // --help and --version end by an error of oclif that means success.
    if ('oclif' in thrown) return undefined;
    if (process.env.DEBUG !== undefined) return undefined;
    return new StreamlabError('SERVICE_FAILED', `This should not have happened: ${reasonOf(thrown)}`, {
      suggestions: ['Run it again with DEBUG=streamlab to see where, and please report it.'],
      cause: thrown,
    });
  }

  /** Escapes what a terminal would take for commands; it stays the same JSON. */
  protected override logJson(json: unknown): void {
    this.out.data(printableJson(json, 2));
  }

  protected override toErrorJson(thrown: unknown): unknown {
    if (!(thrown instanceof StreamlabError))
      return { error: { code: 'INVALID_USAGE', message: reasonOf(thrown), suggestions: [] } };
    const { code, message, suggestions, evidence } = thrown;
    return { error: { code, message, suggestions, ...(evidence.length > 0 ? { evidence } : {}) } };
  }
}

function kebab(key: string): string {
  return key.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
}

/** Flags of the settings that shape the pipeline, for the commands that start it. */
export const pipelineFlags = {
  'watermark-delay': Flags.string({
    summary: 'How long the watermark trails the highest event time (default 5s)',
    helpGroup: 'PIPELINE',
    helpValue: 'D',
  }),
  'allowed-lateness': Flags.string({
    summary: 'How long after its end a window still takes late events (default 60s)',
    helpGroup: 'PIPELINE',
    helpValue: 'D',
  }),
  'checkpoint-interval': Flags.string({
    summary: 'Time between checkpoints (default 5s)',
    helpGroup: 'PIPELINE',
    helpValue: 'D',
  }),
  guarantee: Flags.string({
    summary: 'exactly-once (default) or at-least-once',
    helpGroup: 'PIPELINE',
    helpValue: 'G',
  }),
  'max-future-skew': Flags.string({
    summary: 'How far ahead of its Kafka timestamp an event may claim to be (default 1m)',
    helpGroup: 'PIPELINE',
    helpValue: 'D',
  }),
  'dedupe-horizon': Flags.string({
    summary: 'How long an event id is remembered (default 1h)',
    helpGroup: 'PIPELINE',
    helpValue: 'D',
  }),
  'idle-timeout': Flags.string({
    summary: 'After how long a silent partition stops holding the watermark back (default 10s)',
    helpGroup: 'PIPELINE',
    helpValue: 'D',
  }),
  parallelism: Flags.string({
    summary: 'Parallelism of the Flink job (default 2)',
    helpGroup: 'PIPELINE',
    helpValue: 'N',
  }),
  'raw-partitions': Flags.string({
    summary: 'Partitions of the raw topic (default 4)',
    helpGroup: 'PIPELINE',
    helpValue: 'N',
  }),
  audit: Flags.boolean({
    summary: 'Also write every verdict with its watermark to events.verdicts.v1',
    helpGroup: 'PIPELINE',
    allowNo: true,
  }),
};
