// The page where one sees again where units were: any unit, or everybody of an area, over a span of time.

import { openSeat } from '../../seat/open';
import Playback from './Playback.svelte';

void openSeat(Playback, { quiet: true });
