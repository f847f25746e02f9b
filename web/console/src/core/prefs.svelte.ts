// How this browser likes to look: theme and scale. Kept here, applied to the document at once.

const THEME = 'dispatch110.theme';
const SCALE = 'dispatch110.scale';

export type Theme = 'dark' | 'light';

class Look {
  theme: Theme = $state(localStorage.getItem(THEME) === 'light' ? 'light' : 'dark');
  large = $state(localStorage.getItem(SCALE) === 'large');

  /** Put it on the document; once at the start and with every change. */
  apply(): void {
    const root = document.documentElement;
    root.dataset['theme'] = this.theme;
    if (this.large) root.dataset['scale'] = 'large';
    else delete root.dataset['scale'];
  }

  turnTheme(): void {
    this.theme = this.theme === 'dark' ? 'light' : 'dark';
    localStorage.setItem(THEME, this.theme);
    this.apply();
  }

  turnScale(): void {
    this.large = !this.large;
    localStorage.setItem(SCALE, this.large ? 'large' : '');
    this.apply();
  }
}

export const look = new Look();
