//! A browser with several tabs of one origin, for stories.

use std::collections::{BTreeMap, VecDeque};

use super::story::{Disk, World};
use crate::engine::{Input, TabsSaid, TabsWork};

/// Tabs, and what the browser keeps for all of them: who holds a lock and who waits for it.
pub(super) struct Browser {
    pub(super) tabs: Vec<Option<World>>,
    pub(super) locks: BTreeMap<String, VecDeque<usize>>,
    /// What was said on the channel, by whom.
    pub(super) told: Vec<(usize, String)>,
    /// What is on its way to each tab. Locks and channels do not wait for each other.
    mail: Vec<[VecDeque<TabsSaid>; 2]>,
}

/// What can happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A tab hears of a lock, or what was said on the channel: 0 or 1.
    Hears(usize, usize),
    /// The browser does what a tab wants.
    Does(usize),
}

const LOCKS: usize = 0;
const CHANNEL: usize = 1;

impl Browser {
    /// So many tabs over one disk, each as this makes it.
    pub(super) fn with(count: usize, make: impl Fn() -> World) -> Self {
        let mut browser =
            Self { tabs: Vec::new(), locks: BTreeMap::new(), told: Vec::new(), mail: Vec::new() };
        for _ in 0..count {
            browser.add(make());
        }
        browser
    }

    /// One more tab. What it learned by now it keeps to itself.
    pub(super) fn add(&mut self, mut world: World) {
        let first = self.tabs.iter().flatten().next();
        if let Some(first) = first {
            world.disk = Disk::clone(&first.disk);
            world.records.clone_from(&first.records);
        }
        world.has_other_tabs = true;
        self.tabs.push(Some(world));
        self.mail.push(Default::default());
    }

    pub(super) fn tab(&mut self, number: usize) -> &mut World {
        self.tabs[number].as_mut().expect("the tab is open")
    }

    /// Does something in a tab, and then whatever follows from it anywhere.
    pub(super) fn within(&mut self, number: usize, act: impl FnOnce(&mut World)) {
        act(self.tab(number));
        self.settle();
    }

    pub(super) fn settle(&mut self) {
        while let Some(step) = self.steps().first() {
            self.take(*step);
        }
    }

    /// What can happen next; first what tabs hear.
    pub(super) fn steps(&self) -> Vec<Step> {
        let heard = self.mail.iter().enumerate().flat_map(|(number, mail)| {
            let kinds = mail.iter().enumerate().filter(|(_, of_kind)| !of_kind.is_empty());
            kinds.map(move |(kind, _)| Step::Hears(number, kind))
        });
        let works = |tab: &Option<World>| tab.as_ref().is_some_and(|tab| !tab.tabs_work.is_empty());
        let done = self.tabs.iter().enumerate().filter(|(_, tab)| works(tab));
        heard.chain(done.map(|(number, _)| Step::Does(number))).collect()
    }

    pub(super) fn take(&mut self, step: Step) {
        match step {
            Step::Hears(number, kind) => {
                if let Some(said) = self.mail[number][kind].pop_front() {
                    self.tab(number).put(Input::Tabs(said));
                }
            }
            Step::Does(number) => match self.tab(number).tabs_work.pop_front() {
                Some(TabsWork::Claim(name)) => {
                    let line = self.locks.entry(name.clone()).or_default();
                    line.push_back(number);
                    let said = if line.len() == 1 { TabsSaid::Granted(name) } else { TabsSaid::Taken(name) };
                    self.mail[number][LOCKS].push_back(said);
                }
                Some(TabsWork::Release(name)) => self.release(&name, number),
                Some(TabsWork::Publish(bytes)) => {
                    self.told.push((number, String::from_utf8_lossy(&bytes).into_owned()));
                    for (other, tab) in self.tabs.iter().enumerate() {
                        if tab.is_some() && other != number {
                            self.mail[other][CHANNEL].push_back(TabsSaid::Heard(bytes.clone()));
                        }
                    }
                }
                None => {}
            },
        }
    }

    fn release(&mut self, name: &str, number: usize) {
        let Some(line) = self.locks.get_mut(name) else { return };
        let held = line.front() == Some(&number);
        line.retain(|waiting| *waiting != number);
        let next = line.front().copied().filter(|_| held);
        if let Some(next) = next {
            self.mail[next][LOCKS].push_back(TabsSaid::Granted(name.to_owned()));
        }
    }

    /// The browser takes back what a tab held.
    pub(super) fn close(&mut self, number: usize) {
        self.kill(number);
        self.settle();
    }

    /// As `close`, but nothing follows from it yet.
    pub(super) fn kill(&mut self, number: usize) {
        self.tabs[number] = None;
        self.mail[number] = Default::default();
        let names: Vec<String> = self.locks.keys().cloned().collect();
        for name in names {
            self.release(&name, number);
        }
    }

    pub(super) fn fetches(&self) -> usize {
        let lines = self.tabs.iter().flatten().flat_map(|tab| &tab.transcript);
        lines.filter(|line| line.contains("fetch")).count()
    }
}
