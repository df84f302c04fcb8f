import { Args, Flags } from '@oclif/core';
import { LabCommand } from '../../command.js';
import { storyJson, storyPage, type LetterStoryJson } from '../../domain/dlq/letter-page.js';
import { viewText } from '../../screens.js';
import { runShow } from '../../wiring/letter-show.js';

interface ShowJson {
  letters: LetterStoryJson[];
  /** Further letters of the event. */
  more: number;
}

export default class Show extends LabCommand {
  static override summary = 'Show everything about a dead letter';
  static override description =
    'What it says, why its record was not counted, with the arithmetic of the watermark, the payload with the fault pointed at, the letter it comes from if it was replayed before, and what became of its replays. Of an event all its letters are shown. Long payloads are cut, unless --full is given. Exit code 1 when there is no such letter.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> 2:17',
    '<%= config.bin %> <%= command.id %> 6f0c1c1e-5c3b-4a53-9d0e-3f7f1d4f6a10',
    '<%= config.bin %> <%= command.id %> 2:17 --full',
    '<%= config.bin %> <%= command.id %> 2:17 --json',
  ];
  static override args = {
    letter: Args.string({
      description: 'The place of a dead letter, partition:offset, or the id of an event',
      required: true,
    }),
  };
  static override flags = {
    full: Flags.boolean({ summary: 'Print the payload whole, however long it is', default: false }),
  };

  async run(): Promise<ShowJson> {
    const { flags, args, config } = await this.setUp(Show);
    const call = { target: args.letter, report: this.out.report, signal: this.interrupt };
    const { stories, more, settings } = await runShow(config, call);
    this.out.stop();
    if (!this.jsonEnabled()) {
      const pages = stories.map((story) => viewText(storyPage(story, settings, flags.full)));
      this.out.data(pages.join('\n\n'));
      if (more > 0) this.out.message(`${more} more dead letters of this event are not shown.`);
    }
    return { letters: stories.map((story) => storyJson(story, settings)), more };
  }
}
