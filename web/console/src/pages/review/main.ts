// The page where one looks back: after-action reviews, and the replay of any incident.

import { openSeat } from '../../seat/open';
import Review from './Review.svelte';

void openSeat(Review);
