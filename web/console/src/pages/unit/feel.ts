// Vibration under the finger. Browsers let a page vibrate only after somebody has touched it, and complain otherwise.

export function feel(pattern: number | readonly number[]): void {
  if (navigator.userActivation?.hasBeenActive ?? true) navigator.vibrate?.(typeof pattern === 'number' ? pattern : [...pattern]);
}
