import { useMantineColorScheme, ActionIcon, type MantineColorScheme } from "@mantine/core";
import { Monitor, Moon, Sun, type LucideIcon } from "lucide-react";
import classes from "./header.module.css";
import { views, type View } from "./use-view";

const viewNames: Record<View, string> = { chat: "Chat", pictures: "Pictures", models: "Models", dashboard: "Dashboard", settings: "Settings" };

const schemes: Record<MantineColorScheme, { name: string; next: MantineColorScheme; Icon: LucideIcon }> = {
  auto: { name: "like the system", next: "light", Icon: Monitor },
  light: { name: "light", next: "dark", Icon: Sun },
  dark: { name: "dark", next: "auto", Icon: Moon },
};

function SchemeButton() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { name, next, Icon } = schemes[colorScheme];
  const label = `Colours: ${name}. Change to ${schemes[next].name}.`;
  return (
    <ActionIcon className={classes.scheme} variant="subtle" color="gray" size="lg" aria-label={label} title={label} onClick={() => setColorScheme(next)}>
      <Icon size={18} aria-hidden />
    </ActionIcon>
  );
}

export function Header({ view }: { view: View }) {
  return (
    <header className={classes.header}>
      <div className={classes.inner}>
        <a className={classes.brand} href="#chat" aria-label="Visual Light Researcher, start">
          <img src={`${import.meta.env.BASE_URL}favicon.svg`} width={30} height={30} alt="" />
          <span className={classes.name}>Visual Light Researcher</span>
        </a>
        <nav className={classes.nav} aria-label="Views">
          {views.map((name) => (
            <a key={name} href={`#${name}`} className={classes.link} aria-current={name === view ? "page" : undefined}>
              {viewNames[name]}
            </a>
          ))}
        </nav>
        <SchemeButton />
      </div>
    </header>
  );
}
