// The page of a video patrol's seat: its cameras, what it is asked, what it raises. What sounds here is a request, and nothing else.

import { openSeat } from '../../seat/open';
import Video from './Video.svelte';

void openSeat(Video, { quiet: true });
