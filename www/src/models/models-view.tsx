import { Button, Checkbox } from "@mantine/core";
import { Radar, RefreshCw } from "lucide-react";
import { announce } from "../app/announcer";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { showView } from "../app/use-view";
import view from "../app/view.module.css";
import { AnsweringModels } from "../chat/answering-models";
import { withModel } from "../chat/request";
import { OllamaCard } from "../doctor/ollama-card";
import { BuiltInCard } from "../page-model/built-in-card";
import { PageModelCard } from "../page-model/page-model-card";
import { CloudsCard } from "../settings/clouds-card";
import { providerName } from "./model-facts";
import classes from "./models-view.module.css";
import { ServerStates } from "./server-states";

/** Looks for servers at the usual ports of this machine: only when asked, for a browser may ask the visitor about it. */
function ServerScan() {
  const { mesh } = useSession();
  const { looking, found } = useObservable(mesh.discovery);
  const settings = useObservable(mesh.settings);

  const scan = async () => {
    await mesh.scan();
    const names = mesh.discovery.get().found ?? [];
    announce(names.length === 0 ? "No other server was found." : `Found: ${names.map(providerName).join(", ")}.`);
  };
  return (
    <div className={classes.scan}>
      <Button variant="light" leftSection={<Radar size={16} aria-hidden />} loading={looking} onClick={() => void scan()}>
        Look for servers on this machine
      </Button>
      <Checkbox
        label="Also when the page opens"
        checked={settings.scanAlways}
        onChange={(event) => void mesh.apply({ ...settings, scanAlways: event.currentTarget.checked })}
      />
      {found?.length === 0 && (
        <p className={classes.note}>
          No other server answered. LM Studio, llama.cpp, vLLM, Jan, KoboldCpp, text-generation-webui and GPT4All were looked for at their usual ports; one that runs but lets no web page
          in looks the same from here.
        </p>
      )}
    </div>
  );
}

export function ModelsView() {
  const { mesh, conversation } = useSession();
  const { looking } = useObservable(mesh.discovery);
  const choice = useObservable(conversation.choice);

  const look = async () => {
    await mesh.look();
    announce(`${mesh.mesh.get().models.get().length} models found.`);
  };
  const choose = (model: string | undefined) => {
    conversation.choice.set(withModel(choice, model));
    showView("chat");
  };
  return (
    <div className={view.view}>
      <div className={view.head}>
        <h1>Models</h1>
        <Button variant="default" size="sm" leftSection={<RefreshCw size={15} aria-hidden />} loading={looking} onClick={() => void look()}>
          Look again
        </Button>
      </div>
      <p className={view.lead}>Choose one to ask it in the chat. Without a choice the one that fits your goal best answers.</p>
      <div className={classes.browser}>
        <AnsweringModels chosen={choice.model} onChoose={choose} level={2} />
      </div>
      <section className={view.section} aria-labelledby="server-states">
        <h2 id="server-states">Servers</h2>
        <ServerStates />
        <ServerScan />
      </section>
      <section className={view.section} aria-labelledby="more-models">
        <h2 id="more-models">Where models come from</h2>
        <PageModelCard level={3} />
        <BuiltInCard level={3} />
        <OllamaCard level={3} />
        <CloudsCard level={3} />
      </section>
    </div>
  );
}
