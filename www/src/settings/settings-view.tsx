import { SegmentedControl, useMantineColorScheme } from "@mantine/core";
import { Card } from "../app/card";
import view from "../app/view.module.css";
import { CloudCard } from "./cloud-card";
import { clouds } from "./clouds";
import { EndpointForm } from "./endpoint-form";
import { KeptAnswers } from "./kept-answers";
import { PageModelStorage } from "./page-model-storage";
import { ServerForm } from "./server-form";
import { ServerList } from "./server-list";

export function SettingsView() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <div className={view.view}>
      <h1>Settings</h1>
      <p className={view.lead}>
        Everything stays in this browser. A key is sent only to its own provider; it is gone when you close the page unless you have it remembered, and then it is kept encrypted.
      </p>
      {clouds.map((cloud) => (
        <CloudCard key={cloud.name} cloud={cloud} />
      ))}
      <Card title="Ollama">
        <EndpointForm server="Ollama" />
      </Card>
      <Card title="ComfyUI">
        <EndpointForm server="ComfyUI" />
      </Card>
      <Card title="Servers with OpenAI's API">
        <ServerList />
        <ServerForm />
      </Card>
      <PageModelStorage />
      <KeptAnswers />
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
