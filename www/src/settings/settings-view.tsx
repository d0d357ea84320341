import { SegmentedControl, useMantineColorScheme } from "@mantine/core";
import { Card } from "../app/card";
import { OllamaForm } from "./ollama-form";
import { PageModelStorage } from "./page-model-storage";
import { ServerForm } from "./server-form";
import { ServerList } from "./server-list";
import classes from "./settings-view.module.css";

export function SettingsView() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <div className={classes.view}>
      <h1>Settings</h1>
      <p className={classes.lead}>Addresses are kept in this browser. Keys are not: they stay in this page's memory and are gone when you close or reload it.</p>
      <Card title="Ollama">
        <OllamaForm />
      </Card>
      <Card title="Servers with OpenAI's API">
        <ServerList />
        <ServerForm />
      </Card>
      <PageModelStorage />
      <Card title="Colours">
        <SegmentedControl
          aria-label="Colours"
          value={colorScheme}
          onChange={(value) => setColorScheme(value)}
          data={[
            { value: "auto", label: "Like the system" },
            { value: "light", label: "Light" },
            { value: "dark", label: "Dark" },
          ]}
        />
      </Card>
    </div>
  );
}
