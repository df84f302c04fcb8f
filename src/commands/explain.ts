import { Args } from '@oclif/core';
import { LabCommand } from '../command.js';
import { eventJson, type EventStoryJson } from '../domain/explain/json.js';
import { eventPage } from '../domain/explain/page.js';
import { viewText } from '../screens.js';
import { runExplain } from '../wiring/explain.js';

export default class Explain extends LabCommand {
  static override summary = 'Tell the whole story of one event';
  static override description =
    'When and where it was produced, what the job made of it and why, its dead letters and their replays, and what its window holds on the topic and in ClickHouse. Exit code 1 when the lab has no record of it.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> 6f0c1c1e-5c3b-4a53-9d0e-3f7f1d4f6a10',
    '<%= config.bin %> <%= command.id %> 6f0c1c1e-5c3b-4a53-9d0e-3f7f1d4f6a10 --json',
  ];
  static override args = {
    event: Args.string({ description: 'The id of the event', required: true }),
  };
  static override flags = {};

  async run(): Promise<EventStoryJson> {
    const { args, config } = await this.setUp(Explain);
    const call = { eventId: args.event.trim(), report: this.out.report, signal: this.interrupt };
    const { settings, ...story } = await runExplain(config, call);
    this.out.stop();
    if (!this.jsonEnabled()) this.out.data(viewText(eventPage(story, settings)));
    return eventJson(story, settings);
  }
}
