import Sequencer from '@jest/test-sequencer';
import { PROJECTS } from './projects.mjs';

/**
 * The projects in turn, the slow ones first, and in each what failed or took long the last time: no worker is left alone
 * with a long suite at the end.
 */
export default class extends Sequencer {
  sort(tests) {
    const rankOf = ({ context }) => PROJECTS.indexOf(context.config.displayName.name);
    const failedAndSlowFirst = super.sort;
    return failedAndSlowFirst.call(this, tests).toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}
